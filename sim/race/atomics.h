/* atomics.h: C11 atomics of instrumented code. Each is a schedule point, then takes effect.
 *
 * The orders are those of memory_order. What an atomic makes happen before what is C11's: a release
 * store before the acquire load that reads it, or reads a read-modify-write that continues it; the
 * same with fences in the place of either order. Every load reads the last store. */
#ifndef WEFT_SIM_ATOMICS_H
#define WEFT_SIM_ATOMICS_H

#include <stdbool.h>
#include <stddef.h>

/* A value of any size that there is, from 1 to 16 bytes. */
__extension__ typedef unsigned __int128 weft__bits;

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

weft__bits weft__atomic_load(weft__atomic atomic, int order);
void weft__atomic_store(weft__atomic atomic, weft__bits value, int order);
/* Return what was there before. */
weft__bits weft__atomic_modify(weft__atomic atomic, weft__modification how, weft__bits operand,
                               int order);
/* When it was not what was expected, *expected becomes what it was. */
bool weft__atomic_compare_exchange(weft__atomic atomic, weft__bits *expected, weft__bits desired,
                                   int success, int failure);
void weft__atomic_fence(int order, const void *site);

/* A new run. */
void weft__atomics_reset(void);

#endif
