/* holdings.h: who holds which locks, while one walks through the acts of a run.
 *
 * Locks taken by a try are left out. */
#ifndef WEFT_SIM_HOLDINGS_H
#define WEFT_SIM_HOLDINGS_H

#include "acts.h"

enum { WEFT__HELD_MAX = 8 }; /* by one goroutine; those above are not known */

/* The acts by which a goroutine took what it holds, in this order. */
typedef struct weft__holdings {
    uint32_t acts[WEFT__HELD_MAX];
    uint32_t count;
} weft__holdings;

static inline bool weft__act_locks(const weft__act *act)
{
    return act->kind == WEFT__OP_LOCK || act->kind == WEFT__OP_RLOCK || act->kind == WEFT__OP_WLOCK;
}

/* Whether two acts on one lock leave each other in peace. */
static inline bool weft__acts_share(const weft__act *a, const weft__act *b)
{
    return a->kind == WEFT__OP_RLOCK && b->kind == WEFT__OP_RLOCK;
}

/* Nobody holds anything. */
void weft__holdings_reset(void);

/* What the goroutine holds now; valid until the next change. */
const weft__holdings *weft__holdings_of(uint32_t slot);

/* Act i has taken place. */
void weft__holdings_change(const weft__acts *acts, uint32_t i);

#endif
