/* weak.h: atomics under WEFT_MEMORY=c11: which of the values that a variable has held a load finds,
 * and where in modification order a store goes, are free choices. Choice 0 is what happens where
 * every load finds what was stored last. docs/memory-model.md says what can be chosen.
 *
 * A choice means the same whatever other goroutines did elsewhere meanwhile: so operations on
 * different variables commute for exhaustive exploration. What only seq_cst operations rule out is
 * counted among the choices, but cannot be made. */
#ifndef WEFT_SIM_WEAK_H
#define WEFT_SIM_WEAK_H

#include "atomics.h"

/* The same as those of atomics.h, in the running goroutine, whose turn it is. */
weft__bits weft__weak_load(weft__atomic atomic, int order);
void weft__weak_store(weft__atomic atomic, weft__bits value, int order);
weft__bits weft__weak_modify(weft__atomic atomic, weft__modification how, weft__bits operand,
                             int order);
bool weft__weak_compare_exchange(weft__atomic atomic, const weft__comparison *comparison,
                                 weft__bits *ret_old);
void weft__weak_fence(int order);

void weft__weak_reset(void); /* a new run */

#endif
