/* slices.h: text and other bytes: a slice of somebody's, and a buffer that grows.
 *
 * INVARIANTS
 *   - A buffer that could not grow is `failed`, ignores what is added to it from then on, and keeps
 *     what it had: who adds in many steps asks once, at the end. */
#ifndef KV_SLICES_H
#define KV_SLICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct slice {
    const char *bytes;
    size_t size;
} slice;

#define SLICE(text) ((slice){(text), sizeof(text) - 1})

typedef struct buffer {
    char *bytes;
    size_t size;
    size_t capacity;
    bool failed;
} buffer;

/* false: no memory. */
bool buffer_reserve(buffer *b, size_t more);
void buffer_free(buffer *b);

static inline void buffer_add(buffer *b, const void *bytes, size_t size)
{
    if (b->capacity - b->size >= size || buffer_reserve(b, size)) {
        if (size != 0) {
            memcpy(b->bytes + b->size, bytes, size);
        }
        b->size += size;
    }
}

/* Empty it; what is larger than `keep` is given back. */
void buffer_clear(buffer *b, size_t keep);

static inline slice slice_of(const char *text)
{
    return (slice){text, strlen(text)};
}

static inline bool slice_equal(slice a, slice b)
{
    return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
}

/* Without regard to the case of letters; `word` is in capitals. */
bool slice_is(slice s, const char *word);

/* A whole number without anything around it, as Redis takes them: no plus, no leading zeros. */
bool slice_integer(slice s, int64_t *ret_value);

/* Decimal; returns how many bytes of the INTEGER_TEXT. */
enum { INTEGER_TEXT = 24 };
size_t integer_text(int64_t value, char *ret_text);

uint64_t hash_bytes(const void *bytes, size_t size, uint64_t seed);

/* Whether the text matches a pattern of *, ?, [a-z], [^a] and \, as Redis' KEYS has it. */
bool glob_match(slice pattern, slice text);

#endif
