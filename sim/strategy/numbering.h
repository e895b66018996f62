/* numbering.h: numbers for keys, in order of first appearance, in a table of fixed size. */
#ifndef WEFT_SIM_NUMBERING_H
#define WEFT_SIM_NUMBERING_H

#include <stdbool.h>
#include <stdint.h>

enum { WEFT__NUMBERS_MAX = 2048, WEFT__NO_NUMBER = UINT16_MAX };

typedef struct weft__numbering {
    uint32_t count;
    uint64_t keys[WEFT__NUMBERS_MAX];
    uint16_t table[2 * WEFT__NUMBERS_MAX]; /* number + 1; 0: free */
} weft__numbering;

static inline uint32_t weft__numbering_slot(const weft__numbering *numbering, uint64_t key)
{
    uint32_t i = (uint32_t)(key >> 32 ^ key) % (2 * WEFT__NUMBERS_MAX);
    while (numbering->table[i] != 0 && numbering->keys[numbering->table[i] - 1] != key) {
        i = (i + 1) % (2 * WEFT__NUMBERS_MAX);
    }
    return i;
}

/* The key's number; WEFT__NO_NUMBER: it has none. */
static inline uint32_t weft__number(const weft__numbering *numbering, uint64_t key)
{
    const uint16_t entry = numbering->table[weft__numbering_slot(numbering, key)];
    return entry == 0 ? WEFT__NO_NUMBER : entry - 1u;
}

/* The same, but a new key gets the next number, as long as there are fewer than `limit`. */
static inline uint32_t weft__number_add(weft__numbering *numbering, uint64_t key, uint32_t limit)
{
    const uint32_t i = weft__numbering_slot(numbering, key);
    if (numbering->table[i] != 0) {
        return numbering->table[i] - 1u;
    }
    if (numbering->count >= limit) {
        return WEFT__NO_NUMBER;
    }
    numbering->keys[numbering->count] = key;
    numbering->table[i] = (uint16_t)(numbering->count + 1);
    return numbering->count++;
}

#endif
