/* inject.h: the global queue: what overflowed a worker's ring, FIFO.
 *
 * INVARIANTS
 *   - count is the length of the list whenever the lock is free; read without it, it is a hint. */
#ifndef WEFT_SCHED_INJECT_H
#define WEFT_SCHED_INJECT_H

#include "core/g.h"

void weft__inject_push(weft__g *const *batch, uint32_t count);

/* Take up to `count` of the oldest. Returns how many. */
uint32_t weft__inject_take(weft__g **ret_batch, uint32_t count);

uint32_t weft__inject_count(void);

/* Forget what is queued. No worker is running. */
void weft__inject_reset(void);

#endif
