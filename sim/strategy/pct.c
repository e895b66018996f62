/* pct.c: probabilistic concurrency testing.
 *
 * Goroutines have random priorities; the highest that can move does; at d - 1 random steps the one
 * that would move falls below all others. Burckhardt, Kothari, Musuvathi and Nagarakatte, "A
 * Randomized Scheduler with Probabilistic Guarantees of Finding Bugs" (ASPLOS 2010).
 *
 * Guarantee: a bug of depth d in a program of n goroutines whose longest run has k choices is hit
 * by each run with probability 1 / (n k^(d-1)) at least. k is the profile's; while there is none,
 * one of five lengths is drawn, and a fifth of that is left at worst.
 *
 * Racy: only operations on objects that are contended (profile.h) count, so that k is the number of
 * these (after taPCT: Ozkan, Majumdar and Oraee, "Trace Aware Random Testing for Distributed
 * Systems", OOPSLA 2019).
 *
 * Whoever waits by polling falls below all others too. */
#include "pct.h"

#include <string.h>

#include "../run.h"
#include "patience.h"
#include "points.h"
#include "profile.h"
#include "ranks.h"

enum { DEPTH = 3 };

typedef struct weft__pct_kind {
    uint32_t depth;
    bool racy;
} weft__pct_kind;

static struct {
    weft__ranks ranks;
    weft__points points;
    weft__patience patience;
    weft__stream *draws;
    const weft__profile *profile;
    uint64_t lowest; /* counts down: ranks of those that fell */
    bool racy;
} pct WEFT_KEEP;

static uint32_t length(void)
{
    return pct.profile == NULL ? 0 : pct.racy ? pct.profile->races_max : pct.profile->choices_max;
}

static bool begin(weft__strategy *self, weft__stream *draws, uint64_t run)
{
    const weft__pct_kind *const kind = self->state;
    weft__profile_begin(run);
    pct.draws = draws;
    pct.racy = kind->racy;
    pct.profile = weft__profile_now();
    pct.lowest = (uint64_t)1 << 32;
    pct.patience = (weft__patience){0};
    weft__points_begin(&pct.points, draws, kind->depth - 1, length());
    weft__ranks_begin(&pct.ranks, draws);
    return true;
}

static bool counts(const weft__task *task)
{
    return !pct.racy || pct.profile == NULL || weft__profile_contended(pct.profile, task);
}

static uint32_t pick(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                     const weft__task *current)
{
    (void)self;
    if (weft__is_waiting(&pct.patience, current) || weft__is_spinning(current)) {
        weft__rank_set(&pct.ranks, current, --pct.lowest);
    }
    uint32_t best = weft__rank_highest(&pct.ranks, tasks, count);
    if (counts(tasks[best]) && weft__points_next(&pct.points)) {
        weft__rank_set(&pct.ranks, tasks[best], --pct.lowest);
        best = weft__rank_highest(&pct.ranks, tasks, count);
    }
    return best;
}

static uint32_t choose(weft__strategy *self, const weft__task *task, uint32_t arity)
{
    (void)self;
    (void)task;
    return weft__draw(pct.draws, arity);
}

#define PCT(name_, depth_, racy_)                                                                  \
    {                                                                                              \
        .name = name_, .state = &(weft__pct_kind){depth_, racy_}, .begin = begin, .pick = pick,    \
        .choose = choose, .event = weft__profile_event, .end = weft__profile_end                   \
    }

weft__strategy weft__strategy_pct WEFT_KEEP = PCT("pct", DEPTH, false);
weft__strategy weft__strategy_pct_racy WEFT_KEEP = PCT("pct-racy", DEPTH, true);
weft__strategy weft__strategy_pct10_racy WEFT_KEEP = PCT("pct10-racy", 10, true);

static weft__strategy others[] WEFT_KEEP = {
    PCT("pct1", 1, false),     PCT("pct2", 2, false),     PCT("pct3", 3, false),
    PCT("pct4", 4, false),     PCT("pct5", 5, false),     PCT("pct6", 6, false),
    PCT("pct7", 7, false),     PCT("pct8", 8, false),     PCT("pct9", 9, false),
    PCT("pct10", 10, false),   PCT("pct1-racy", 1, true), PCT("pct2-racy", 2, true),
    PCT("pct3-racy", 3, true), PCT("pct4-racy", 4, true), PCT("pct5-racy", 5, true),
    PCT("pct6-racy", 6, true), PCT("pct7-racy", 7, true), PCT("pct8-racy", 8, true),
    PCT("pct9-racy", 9, true),
};

weft__strategy *weft__pct_find(const char *name)
{
    weft__strategy *const shared[] = {&weft__strategy_pct, &weft__strategy_pct_racy,
                                      &weft__strategy_pct10_racy};
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
        if (strcmp(shared[i]->name, name) == 0) {
            return shared[i];
        }
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strcmp(others[i].name, name) == 0) {
            return &others[i];
        }
    }
    return NULL;
}
