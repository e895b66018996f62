/* random.c: the random walk: every task with the same probability.
 *
 * Guarantee: none worth having (each schedule of n choices has probability of about k^-n), but fair
 * with probability 1: whoever can move moves in the end. Weak where one goroutine has to wait for
 * many steps of others. */
#include "strategy.h"

static bool begin(weft__strategy *self, weft__stream *draws, uint64_t run)
{
    (void)run;
    self->state = draws;
    return true;
}

static uint32_t pick(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                     const weft__task *current)
{
    (void)tasks;
    (void)current;
    return weft__draw(self->state, count);
}

static uint32_t choose(weft__strategy *self, const weft__task *task, uint32_t arity)
{
    (void)task;
    return weft__draw(self->state, arity);
}

weft__strategy weft__strategy_random WEFT_KEEP = {
    .name = "random", .begin = begin, .pick = pick, .choose = choose};
