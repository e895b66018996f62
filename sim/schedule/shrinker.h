/* shrinker.h: a failing schedule that gets lighter, and the trials on the way. What the parts of
 * shrinking share.
 *
 * INVARIANTS
 *   - `best` fails with the kind and signature that were asked for, every decision of it applies,
 *     and they stand in the order in which they do. It is only ever replaced by a lighter one.
 *   - All bounds but the deadline are counted, so that mostly the result depends on the run that
 *     failed and on nothing else. */
#ifndef WEFT_SIM_SHRINKER_H
#define WEFT_SIM_SHRINKER_H

#include "replay.h"

/* What makes one schedule simpler than another: the first difference in this order decides. */
typedef struct weft__weight {
    uint64_t decisions;
    uint64_t switches; /* of those; the rest are choices */
    uint64_t choices;  /* their sum */
    uint64_t blocks;   /* how often the run goes on with another goroutine */
    uint64_t steps;
} weft__weight;

typedef struct weft__shrinker {
    const weft__plan *plan;
    const weft__outcome *wanted;
    weft__decisions best;
    weft__weight weight;   /* of the best */
    weft__decisions trial; /* to be filled in by those who try */
    int64_t start_ns;
    int64_t budget_ns;
    unsigned portions; /* only one of so many portions of the budget may be used by now */
    uint64_t replays;
    uint64_t steps; /* of all replays */
} weft__shrinker;

/* Whether there is no budget for another trial. */
bool weft__shrinker_spent(const weft__shrinker *s);

/* Execute the trial with a replayer that was made for it, and clear that. If the run fails as
 * wanted and is lighter than the best, it is the best now: true. */
bool weft__shrinker_execute(weft__shrinker *s, weft__replayer *replayer);

/* The same with a replayer of its own. */
bool weft__shrinker_try(weft__shrinker *s);

/* The trial becomes the best without those decisions whose index is in [start, start + length). */
void weft__shrinker_leave_out(weft__shrinker *s, size_t start, size_t length);

/* A replay that was none of these. */
void weft__shrinker_count(weft__shrinker *s);

/* normalise.c: the same behaviour by fewer decisions, if there is such an order of its steps. */
void weft__shrinker_normalise(weft__shrinker *s);

/* splice.c: without parts of a run that is long; later decisions are renumbered. */
void weft__shrinker_splice(weft__shrinker *s);

/* replace.c: the lightest single decision, if one suffices. */
void weft__shrinker_replace_all(weft__shrinker *s);
/* One decision instead of two; where that does not help, a lighter one instead of each. */
void weft__shrinker_replace(weft__shrinker *s);

#endif
