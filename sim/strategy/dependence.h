/* dependence.h: whether two pending operations of different goroutines may not commute.
 *
 * The static over-approximation: it looks at kinds and objects, not at the state. Two operations on
 * one object conflict, except that
 *   - a blocking send and a blocking receive commute in every state of their channel, because the
 *     one that comes first parks rather than fails;
 *   - reads, read locks, and additions to a wait group commute with their like. */
#ifndef WEFT_SIM_DEPENDENCE_H
#define WEFT_SIM_DEPENDENCE_H

#include "../task.h"

bool weft__dependent(const weft__task *a, const weft__task *b);

#endif
