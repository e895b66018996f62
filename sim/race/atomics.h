/* atomics.h: C11 atomics of instrumented code. Each is a schedule point, then takes effect.
 *
 * The orders are those of memory_order; orders.h tells what they make happen before what. A load
 * reads the last store, unless memory is weak: weak.h. */
#ifndef WEFT_SIM_ATOMICS_H
#define WEFT_SIM_ATOMICS_H

#include <stdbool.h>

#include "bits.h"

typedef enum weft__modification {
    WEFT__EXCHANGE,
    WEFT__FETCH_ADD,
    WEFT__FETCH_SUB,
    WEFT__FETCH_AND,
    WEFT__FETCH_OR,
    WEFT__FETCH_XOR,
    WEFT__FETCH_NAND,
} weft__modification;

/* An atomic object, and the call that uses it, which returns to `site`. */
typedef struct weft__atomic {
    volatile void *address;
    size_t size;
    const void *site;
} weft__atomic;

typedef struct weft__comparison {
    weft__bits expected;
    weft__bits desired;
    int success; /* the orders */
    int failure;
    bool may_fail; /* although it is equal: a weak one */
} weft__comparison;

weft__bits weft__atomic_load(weft__atomic atomic, int order);
void weft__atomic_store(weft__atomic atomic, weft__bits value, int order);
/* Return what was there before. */
weft__bits weft__atomic_modify(weft__atomic atomic, weft__modification how, weft__bits operand,
                               int order);
/* Whether it stored what is desired. *ret_old: what was there before. */
bool weft__atomic_compare_exchange(weft__atomic atomic, const weft__comparison *comparison,
                                   weft__bits *ret_old);
void weft__atomic_fence(int order, const void *site);

weft__bits weft__modified(weft__bits old, weft__modification how, weft__bits operand);

/* Tell race detection. */
void weft__atomic_use(weft__atomic atomic, bool writes);

/* A new run. */
void weft__atomics_reset(void);

#endif
