/* select.h: the inside of a select that is under way, on the stack of its goroutine: for select.c
 * and for reports.
 *
 * INVARIANTS
 *   - arms[0, arm_count) are the cases that have a channel; they do not change once it parks. */
#ifndef WEFT_CORE_SELECT_H
#define WEFT_CORE_SELECT_H

#include "chan.h"

/* One case and its waiter. */
typedef struct weft__arm {
    weft_case *one;
    weft__after *after; /* the channel's */
    weft__waiter waiter;
} weft__arm;

typedef struct weft__select {
    weft__g *self;
    const void *site;
    weft_case *cases;
    size_t count;
    weft__arm *arms;   /* those with a channel, in the order given */
    weft__arm **order; /* the same in order of the channels' names */
    size_t arm_count;
    size_t default_index; /* count: none */
    size_t until_index;   /* of the earliest; count: none */
} weft__select;

#endif
