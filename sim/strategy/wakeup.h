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

/* A sequence that was not inserted, because a branch that ends at its last move covers it: all that
 * comes behind that will be explored. */
typedef struct weft__held weft__held;
struct weft__held {
    weft__held *next;
    size_t count; /* of what is left behind the branch */
    weft__move_id sequence[];
};

void weft__held_free(weft__held *held); /* and all that follow */

typedef struct weft__taken {
    weft__move_id move;
    weft__wakeup behind; /* the tree behind it */
    weft__held *held;    /* the caller's from now on; NULL: none */
} weft__taken;

/* Take out the first branch. The tree is not empty. */
weft__taken weft__wakeup_take(weft__wakeup *tree);

#endif
