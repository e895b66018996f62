/* wakeup.h: wakeup trees: the sequences of moves that are still to be explored from one point, in
 * the order in which they will be. */
#ifndef WEFT_SIM_WAKEUP_H
#define WEFT_SIM_WAKEUP_H

#include "moves.h"

/* A tree is the first of the branches from its point; 0 is the empty tree. */
typedef uint32_t weft__wakeup;

void weft__wakeup_clear(void); /* forget all trees */

/* Make sure that the sequence is explored, unless a branch that is there leads to an equivalent
 * one. `sequence` is used up. */
void weft__wakeup_insert(weft__wakeup *tree, weft__move_id *sequence, size_t count);

/* Take out the first branch: its move, and the tree behind it. The tree is not empty. */
weft__move_id weft__wakeup_take(weft__wakeup *tree, weft__wakeup *ret_behind);

#endif
