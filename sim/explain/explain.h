/* explain.h: why a schedule fails, found out by further runs.
 *
 * All of it is counted rather than timed, so that it is a function of the seed; a limit in real
 * time is there for programs that take long. */
#ifndef WEFT_SIM_EXPLAIN_H
#define WEFT_SIM_EXPLAIN_H

#include "../explore/explorer.h"
#include "compare.h"

/* Write into the finding, whose schedule is e->schedule, which is the nearest run that passes, and
 * what must come before what for it to fail. The last run is that of the schedule, as before. */
void weft__explain(weft__explorer *e, weft_finding *finding);

/* What the parts of it share. */
typedef struct weft__inquiry {
    const weft__explorer *e;
    weft__plan plan; /* of the failing run, and those like it */
    weft__outcome wanted;
    weft__outline failing;
    weft__outline passing; /* the nearest run that passes; empty: none is known */
    weft__decisions passing_decisions;
    uint64_t steps_left;
    int64_t deadline_ns;
} weft__inquiry;

/* Whether the last run failed like the one that is explained; it is taken off what is left. */
bool weft__inquiry_ran(weft__inquiry *inquiry);
bool weft__inquiry_over(const weft__inquiry *inquiry); /* nothing is left */

/* One before the other. */
typedef struct weft__wish {
    weft__facet first;
    weft__facet second;
} weft__wish;

enum { WEFT__ORDERS_MAX = 4 };

/* wishes.c: a small set of orders under which runs fail like the one that is explained. Returns how
 * many; 0: runs fail whatever the order; -1: no set of at most WEFT__ORDERS_MAX was found. */
int weft__wishes_search(weft__inquiry *inquiry, weft__wish ret_wishes[WEFT__ORDERS_MAX]);

#endif
