/* deque.h: a worker's runnable goroutines: a ring of 256 and a `next` slot in front of it.
 *
 * The algorithm is that of Go's runq (proc.go: runqput, runqget, runqgrab).
 *
 * INVARIANTS
 *   - The goroutines in [head, tail) are runnable, oldest first; tail - head <= WEFT__DEQUE_SIZE.
 *   - Only the owner writes tail and the slots; anybody moves head, by compare-and-swap, and with
 *     that owns the slots it has passed. A slot is written again only after head has passed it,
 *     which the owner sees by an acquiring load: so what a thief copied before its successful
 *     compare-and-swap is what was there.
 *   - Order: what happened before a push happens before the pop, grab or take of that goroutine:
 *     through tail (store-release, load-acquire) or through next (exchange). */
#ifndef WEFT_SCHED_DEQUE_H
#define WEFT_SCHED_DEQUE_H

#include <stddef.h>

#include "atomic64.h"
#include "core/backend.h"

enum { WEFT__DEQUE_SIZE = 256, WEFT__DEQUE_HALF = WEFT__DEQUE_SIZE / 2 };

typedef struct weft__deque {
    _Alignas(64) uint32_t head;
    _Alignas(64) uint32_t tail;
    weft__g *next; /* runs before the ring; anybody may take it, only the owner puts one there */
    weft__g *slots[WEFT__DEQUE_SIZE];
} weft__deque;

static inline weft__g **weft__deque_slot(weft__deque *d, uint32_t index)
{
    return &d->slots[index % WEFT__DEQUE_SIZE];
}

/* The owner's: put g behind the others. false: full. */
static inline bool weft__deque_push(weft__deque *d, weft__g *g)
{
    const uint32_t head = weft__load_acquire(&d->head);
    const uint32_t tail = weft__load_relaxed(&d->tail);
    if (tail - head >= WEFT__DEQUE_SIZE) {
        return false;
    }
    weft__store_pointer_relaxed(weft__deque_slot(d, tail), g);
    weft__store_release(&d->tail, tail + 1);
    return true;
}

/* The owner's: the oldest one, or NULL. */
static inline weft__g *weft__deque_pop(weft__deque *d)
{
    for (;;) {
        const uint32_t head = weft__load_acquire(&d->head);
        if (head == weft__load_relaxed(&d->tail)) {
            return NULL;
        }
        weft__g *const g = weft__load_pointer_relaxed(weft__deque_slot(d, head));
        if (weft__cas_acq_rel(&d->head, head, head + 1)) {
            return g;
        }
    }
}

/* Anybody's: take the older half, rounded up, oldest first. Returns how many; 0: empty. */
static inline uint32_t weft__deque_grab(weft__deque *d, weft__g *ret_batch[WEFT__DEQUE_HALF])
{
    for (;;) {
        const uint32_t head = weft__load_acquire(&d->head);
        const uint32_t count = weft__load_acquire(&d->tail) - head;
        const uint32_t half = count - count / 2;
        if (half == 0) {
            return 0;
        }
        if (half > WEFT__DEQUE_HALF) {
            continue; /* head and tail are not of the same moment */
        }
        for (uint32_t i = 0; i < half; i++) {
            ret_batch[i] = weft__load_pointer_relaxed(weft__deque_slot(d, head + i));
        }
        if (weft__cas_acq_rel(&d->head, head, head + half)) {
            return half;
        }
    }
}

/* Anybody's; true is a hint, false is what was there at some moment after the call began. */
static inline bool weft__deque_looks_empty(const weft__deque *d)
{
    const uint32_t head = weft__load_acquire(&d->head);
    return weft__load_acquire(&d->tail) == head;
}

/* Anybody's; a hint. */
static inline uint32_t weft__deque_count(const weft__deque *d)
{
    const uint32_t head = weft__load_acquire(&d->head);
    const uint32_t ring = weft__load_acquire(&d->tail) - head;
    return (ring <= WEFT__DEQUE_SIZE ? ring : WEFT__DEQUE_SIZE) +
           (weft__load_pointer_relaxed(&d->next) != NULL);
}

/* The owner's: make g the next one. Returns the one that it displaces, or NULL. */
static inline weft__g *weft__deque_put_next(weft__deque *d, weft__g *g)
{
    return weft__exchange_g_acq_rel(&d->next, g);
}

/* The owner's: the next one, or NULL. */
static inline weft__g *weft__deque_take_next(weft__deque *d)
{
    if (weft__load_pointer_relaxed(&d->next) == NULL) {
        return NULL;
    }
    return weft__exchange_g_acq_rel(&d->next, NULL);
}

/* The same where the owner is alone: there are no thieves, and others only look. */

static inline weft__g *weft__deque_pop_alone(weft__deque *d)
{
    const uint32_t head = weft__load_relaxed(&d->head);
    if (head == weft__load_relaxed(&d->tail)) {
        return NULL;
    }
    weft__store_relaxed(&d->head, head + 1);
    return weft__load_pointer_relaxed(weft__deque_slot(d, head));
}

static inline weft__g *weft__deque_put_next_alone(weft__deque *d, weft__g *g)
{
    weft__g *const displaced = weft__load_pointer_relaxed(&d->next);
    weft__store_pointer_relaxed(&d->next, g);
    return displaced;
}

/* A thief's: take g from the next slot if it is still there. */
static inline bool weft__deque_steal_next(weft__deque *d, weft__g *g)
{
    return weft__cas_g_acquire(&d->next, g, NULL);
}

#endif
