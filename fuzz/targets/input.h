/* input.h: the input of a target, byte by byte; and as what each of several goroutines does.
 *
 * INVARIANTS
 *   - What a goroutine reads does not depend on the schedule: of `parts` goroutines each has every
 *     parts-th byte.
 *   - At the end, bytes are 0. */
#ifndef WEFT_FUZZ_TARGETS_INPUT_H
#define WEFT_FUZZ_TARGETS_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct input {
    const uint8_t *next;
    size_t left; /* bytes, from next on, with those of others */
    size_t step;
} input;

static inline input input_of(const uint8_t *data, size_t size)
{
    return (input){.next = data, .left = size, .step = 1};
}

static inline bool input_ends(const input *in)
{
    return in->left == 0;
}

static inline uint8_t input_byte(input *in)
{
    if (in->left == 0) {
        return 0;
    }
    const uint8_t byte = *in->next;
    const size_t step = in->step < in->left ? in->step : in->left;
    in->next += step;
    in->left -= step;
    return byte;
}

/* FNV-1a: of these bytes, behind those of which `hash` is; INPUT_HASH_OF_NONE at first. */
#define INPUT_HASH_OF_NONE UINT64_C(0xcbf29ce484222325)
static inline uint64_t input_hash(uint64_t hash, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* What is left, shared out. */
static inline input input_part(const input *in, size_t part, size_t parts)
{
    const size_t skipped = part < in->left ? part : in->left;
    return (input){.next = in->next + skipped, .left = in->left - skipped, .step = parts};
}

#endif
