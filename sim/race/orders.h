/* orders.h: what the memory orders of C11 atomics make happen before what: a release store before
 * the acquire load that reads it, or reads a read-modify-write that continues it; the same with
 * fences in the place of either order. */
#ifndef WEFT_SIM_ORDERS_H
#define WEFT_SIM_ORDERS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "vector.h"

/* A new run. */
void weft__orders_reset(void);

static inline bool weft__order_acquires(int order)
{
    return order != memory_order_relaxed && order != memory_order_release;
}

static inline bool weft__order_releases(int order)
{
    return order == memory_order_release || order == memory_order_acq_rel ||
           order == memory_order_seq_cst;
}

/* The running goroutine has loaded what released this. */
void weft__order_loaded(const weft__vector *released, int order);

/* It stores, and releases this by it. `continues` what is there: part of a read-modify-write. */
void weft__order_stored(weft__vector *released, int order, bool continues);

/* Both halves of a fence. */
void weft__order_fence_acquires(int order);
void weft__order_fence_releases(int order);

#endif
