/* pos.c: partial order sampling with a coin.
 *
 * Every pending operation has a random priority; the highest is executed, and those that race with
 * it get new ones, so that races, rather than interleavings, are sampled evenly. Yuan, Yang and Gu,
 * "Partial Order Aware Concurrency Sampling" (CAV 2018): exponentially better than the random walk.
 *
 * The coin: a goroutine keeps its priority for its next operation with a probability that is drawn
 * for each run. Plain POS draws anew each time and so hardly ever lets one goroutine run for long
 * while the others stand still; with the coin some runs do. */
#include "patience.h"
#include "ranks.h"
#include "strategy.h"

enum { LOWEST = 1 }; /* rank; random ones are far above */

static struct {
    weft__ranks ranks;
    weft__stream *draws;
    uint32_t forget; /* of 64: how often a goroutine's next operation gets a new priority */
} pos WEFT_KEEP;

static bool begin(weft__strategy *self, weft__stream *draws, uint64_t run)
{
    static const uint32_t forgets[] = {64, 32, 6, 2};
    (void)self;
    (void)run;
    pos.draws = draws;
    pos.forget = forgets[weft__draw(draws, 4)];
    weft__ranks_begin(&pos.ranks, draws);
    return true;
}

static uint32_t pick(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                     const weft__task *current)
{
    (void)self;
    if (weft__is_spinning(current)) {
        weft__rank_set(&pos.ranks, current, LOWEST);
    }
    const uint32_t best = weft__rank_highest(&pos.ranks, tasks, count);
    weft__rank_race(&pos.ranks, tasks, count, best);
    if (weft__draw(pos.draws, 64) < pos.forget || weft__op_polls(tasks[best]->op.kind)) {
        weft__rank_set(&pos.ranks, tasks[best], 0);
    }
    return best;
}

static uint32_t choose(weft__strategy *self, const weft__task *task, uint32_t arity)
{
    (void)self;
    (void)task;
    return weft__draw(pos.draws, arity);
}

weft__strategy weft__strategy_pos WEFT_KEEP = {
    .name = "pos", .begin = begin, .pick = pick, .choose = choose};
