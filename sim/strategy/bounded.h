/* bounded.h: all runs that differ from a default policy in few places, and what is known of them.
 */
#ifndef WEFT_SIM_BOUNDED_H
#define WEFT_SIM_BOUNDED_H

#include "strategy.h"

typedef struct weft__bounded_count {
    const char *unit; /* "delays", "preemptions" */
    bool any;         /* whether one bound is explored at least; */
    uint32_t bound;   /* the highest that is */
    uint64_t pruned;  /* runs that came to a state from which everything is explored already */
} weft__bounded_count;

/* delays1 to delays5, preemptions1 to preemptions5; NULL: another name. */
weft__strategy *weft__bounded_find(const char *name);

/* Of the last exploration of this strategy; NULL: it is not one of these. */
const weft__bounded_count *weft__bounded_count_of(const weft__strategy *strategy);

#endif
