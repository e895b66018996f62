/* block.h: what is remembered of each block of the heap.
 *
 * INVARIANTS
 *   - Blocks stand in the order of their addresses, which is that of their allocation.
 *   - In the bytes before each block, which nobody may use, stands its place among them. Whoever
 *     damages that makes us search. */
#ifndef WEFT_SIM_BLOCK_H
#define WEFT_SIM_BLOCK_H

#include "heap.h"

enum { WEFT__CALLS_MAX = 8 };

/* Return addresses, the innermost first; 0 ends them. */
typedef struct weft__calls {
    const void *list[WEFT__CALLS_MAX];
    uint32_t slot; /* whose; UINT32_MAX: outside of runs */
} weft__calls;

typedef struct weft__heap_block {
    char *address;
    size_t size;
    uint32_t ordinal; /* among those of its goroutine, from 1 */
    bool freed;
    bool reached; /* reach.c's */
    weft__calls allocated;
    weft__calls freed_at;
} weft__heap_block;

typedef struct weft__blocks {
    weft__heap_block *list;
    size_t count;
    size_t capacity;
    size_t outside; /* the first so many were allocated outside of runs */
} weft__blocks;

extern weft__blocks weft__the_blocks;

/* The block that starts at or before this address, the nearest one; NULL: none does. */
weft__heap_block *weft__block_at(const volatile void *address);

/* The block in which this address lies, freed or not; NULL: in none. */
const weft__heap_block *weft__block_around(const volatile void *address);

/* The block that starts here; NULL: none does. */
weft__heap_block *weft__block_starting(const void *address);

/* A new block behind all others. */
weft__heap_block *weft__block_add(char *address, size_t size, const void *frame);

/* Who calls the function with this frame, and its callers' callers. */
void weft__calls_take(const void *frame, weft__calls *ret_calls);

static inline bool weft__block_covers(const weft__heap_block *block, const volatile void *address)
{
    return (uintptr_t)address - (uintptr_t)block->address < block->size;
}

#endif
