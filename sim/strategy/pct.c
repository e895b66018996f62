/* pct.c: probabilistic concurrency testing.
 *
 * Goroutines have random priorities; the highest that can move does; at two random steps the one
 * that would move falls below all others. Burckhardt, Kothari, Musuvathi and Nagarakatte, "A
 * Randomized Scheduler with Probabilistic Guarantees of Finding Bugs" (ASPLOS 2010): a bug of depth
 * 3 in a run of k steps of n goroutines is hit with probability 1 / (n k^2) at least, if k is the
 * length that the points were drawn for: here one of five lengths, so a fifth of that at worst.
 *
 * Whoever polls falls below all others too: it waits for them. */
#include "points.h"
#include "ranks.h"
#include "strategy.h"

enum { CHANGE_POINTS = 2 }; /* depth 3 */

static struct {
    weft__ranks ranks;
    weft__points points;
    weft__stream *draws;
    uint64_t lowest; /* counts down: ranks of those that fell */
} pct WEFT_KEEP;

static bool begin(weft__strategy *self, weft__stream *draws, uint64_t run)
{
    (void)self;
    (void)run;
    pct.draws = draws;
    pct.lowest = (uint64_t)1 << 32;
    weft__points_begin(&pct.points, draws, CHANGE_POINTS);
    weft__ranks_begin(&pct.ranks, draws);
    return true;
}

static uint32_t pick(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                     const weft__task *current)
{
    (void)self;
    if (current != NULL && weft__op_polls(current->op.kind) && current->internal == false) {
        /* what it has pending now; a poller that goes on to something else loses nothing */
        weft__rank_set(&pct.ranks, current, --pct.lowest);
    }
    uint32_t best = weft__rank_highest(&pct.ranks, tasks, count);
    if (weft__points_next(&pct.points)) {
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

weft__strategy weft__strategy_pct WEFT_KEEP = {
    .name = "pct", .begin = begin, .pick = pick, .choose = choose};
