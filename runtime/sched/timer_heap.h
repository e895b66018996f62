/* timer_heap.h: a 4-ary heap of timers, earliest deadline first, ties in order of arming.
 *
 * INVARIANTS
 *   - A timer at index i has place i + 1; one that is in no heap has place 0.
 *   - No timer is due before its parent, (i - 1) / 4.
 * Not synchronised: its owner has a lock. */
#ifndef WEFT_SCHED_TIMER_HEAP_H
#define WEFT_SCHED_TIMER_HEAP_H

#include "core/timer.h"

typedef struct weft__timer_heap {
    weft__timer **items;
    size_t count;
    size_t capacity;
    uint64_t next_order;
} weft__timer_heap;

/* timer->place is 0, deadline_ns is set. false: no memory, nothing has changed. */
bool weft__timer_heap_push(weft__timer_heap *heap, weft__timer *timer);

/* timer->place is not 0. */
void weft__timer_heap_remove(weft__timer_heap *heap, weft__timer *timer);

/* The earliest, or NULL. */
static inline weft__timer *weft__timer_heap_first(const weft__timer_heap *heap)
{
    return heap->count == 0 ? NULL : heap->items[0];
}

#endif
