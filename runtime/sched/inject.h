/* inject.h: the global queue: what overflowed a worker's ring, FIFO.
 *
 * INVARIANTS
 *   - count is the length of the list whenever the lock is free; read without it, it is a hint. */
#ifndef WEFT_SCHED_INJECT_H
#define WEFT_SCHED_INJECT_H

#include "worker.h"

void weft__inject_push(weft__g *const *batch, uint32_t count);

/* Take up to `count` of the oldest. Returns how many. */
uint32_t weft__inject_take(weft__g **ret_batch, uint32_t count);

uint32_t weft__inject_count(void);

/* Forget what is queued. No worker is running. */
void weft__inject_reset(void);

/* There is something that w, or any worker, could do. */
static inline bool weft__worker_has_work(const weft__worker *w)
{
    return weft__inject_count() != 0 || !weft__deque_looks_empty(&w->deque) ||
           weft__load_g_relaxed(&w->deque.next) != NULL;
}

#endif
