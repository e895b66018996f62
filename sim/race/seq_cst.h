/* seq_cst.h: the order S of seq_cst operations, as far as anything tells of it: what would put one
 * of them before itself cannot happen.
 *
 * These are the axioms psc of RC11 (Lahav, Vafeiadis, Kang, Hur and Dreyer, "Repairing Sequential
 * Consistency in C/C++11", PLDI 2017), with all of happens-before for scb's first part, as C11
 * 7.17.3 has it. Let e be before f in memory when f overwrites e, or what e has read (mo, fr). Then
 *
 *   - a fence or seq_cst access is before those that it happens before;
 *   - if e is before f in memory: e, if it is seq_cst, and the fences that happen before e, are
 *     before f, if it is seq_cst, and before the fences that f happens before;
 *   - the latter for fences also if f reads what e has written, or what came after e in memory.
 *
 * S is not the order of execution: a relaxed store may be seen before a seq_cst store that stands
 * before it, and so may what is executed late come early in S.
 *
 * INVARIANTS
 *   - The seq_cst operations are nodes, numbered from 1 within their goroutine, which puts them in
 *     this order. So what is before a node is a number for each goroutine: a vector.
 *   - These vectors are closed: what is before what is before a node is in its vector.
 *   - To load what is stored last, and to store last, is always possible: nothing is after that. */
#ifndef WEFT_SIM_SEQ_CST_H
#define WEFT_SIM_SEQ_CST_H

#include "histories.h"

/* An access that may take place now, or does. */
typedef struct weft__sc_access {
    const weft__history *history;
    uint32_t index; /* it loads this store, or is it, or is to follow it */
    uint32_t slot;
    const weft__vector *clock; /* what happens before it */
    bool seq_cst;
} weft__sc_access;

void weft__sc_reset(void); /* a new run */

bool weft__sc_allows(const weft__sc_access *access);

/* It takes place: the store is in its history; before it has released. */
void weft__sc_loaded(const weft__sc_access *access);
void weft__sc_stored(const weft__sc_access *access);

/* A seq_cst fence, between acquiring and releasing. */
void weft__sc_fence(uint32_t slot, const weft__vector *clock);

#endif
