/* vector.h: vector clocks that grow as goroutines are born.
 *
 * at[slot] is how much of that goroutine is known, counted in its releases; what lies behind length
 * is 0. The memory stays when a vector is emptied: runs that are alike allocate nothing. */
#ifndef WEFT_SIM_VECTOR_H
#define WEFT_SIM_VECTOR_H

#include <stdint.h>
#include <string.h>

#include "../memory.h"

typedef struct weft__vector {
    uint32_t *at;
    uint32_t length;
    uint32_t capacity;
} weft__vector;

static inline uint32_t weft__vector_at(const weft__vector *v, uint32_t slot)
{
    return slot < v->length ? v->at[slot] : 0;
}

static inline void weft__vector_lengthen(weft__vector *v, uint32_t length)
{
    if (length <= v->length) {
        return;
    }
    if (length > v->capacity) {
        v->capacity = length < 8 ? 8 : 2 * length;
        v->at = weft__grow(v->at, v->capacity * sizeof *v->at);
    }
    memset(v->at + v->length, 0, (length - v->length) * sizeof *v->at);
    v->length = length;
}

static inline void weft__vector_join(weft__vector *into, const weft__vector *from)
{
    weft__vector_lengthen(into, from->length);
    for (uint32_t i = 0; i < from->length; i++) {
        into->at[i] = into->at[i] < from->at[i] ? from->at[i] : into->at[i];
    }
}

static inline void weft__vector_copy(weft__vector *into, const weft__vector *from)
{
    into->length = 0;
    weft__vector_join(into, from);
}

#endif
