/* dependence.h: whether two pending operations of different goroutines may not commute.
 *
 * They conflict when the two orders of executing them differ in a result, in the state of an
 * object, or in which goroutines are woken and with what. Goroutines that are starting or resuming
 * run on until they announce their next operation before the states are compared.
 *
 * Only what is announced counts. What the core does without a schedule point takes place in the
 * step before, where it is not seen: releasing timers.
 *
 * Left out as well: the ends of the run (a panic that nothing recovers, the last goroutine), and
 * the limits of memory and of the number of goroutines. */
#ifndef WEFT_SIM_DEPENDENCE_H
#define WEFT_SIM_DEPENDENCE_H

#include "../task.h"

/* In the present state of their objects: never false for what conflicts, and hardly ever true for
 * what does not (tests/unit/sim, *_pairs_test.c have the figures). */
bool weft__dependent_now(const weft__task *a, const weft__task *b);

/* An over-approximation by kind: two operations on one object conflict, except that
 *   - a blocking send and a blocking receive commute, because the one that comes first parks
 *     rather than fails;
 *   - reads, read locks, and the like commute with each other.
 * The state is looked at only for what else is concerned: the other channels of a select that
 * would be woken, the goroutine whose deadline fires, the counter that becomes negative. */
bool weft__dependent(const weft__task *a, const weft__task *b);

#endif
