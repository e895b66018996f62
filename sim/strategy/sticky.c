/* sticky.c: the random walk that likes to stay: the running goroutine goes on with probability 7/8.
 *
 * Long runs of one goroutine, and so long delays of the others, are likely; the probabilistic
 * strategy of Coyote. Guarantee: as random.c. */
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
    if (current != NULL && !weft__draw_once_in(self->state, 8)) {
        for (uint32_t i = 0; i < count; i++) {
            if (tasks[i] == current) {
                return i;
            }
        }
    }
    return weft__draw(self->state, count);
}

static uint32_t choose(weft__strategy *self, const weft__task *task, uint32_t arity)
{
    (void)task;
    return weft__draw(self->state, arity);
}

weft__strategy weft__strategy_sticky WEFT_KEEP = {
    .name = "sticky", .begin = begin, .pick = pick, .choose = choose};
