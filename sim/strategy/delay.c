/* delay.c: random delay bounding.
 *
 * The default policy, which lets a goroutine run until it waits, except that at up to four random
 * steps the one that would move is passed over. Emmi, Qadeer and Rakamaric, "Delay-Bounded
 * Scheduling" (POPL 2011): most bugs need one or two delays, whatever the number of goroutines. */
#include "../run.h"
#include "points.h"
#include "strategy.h"

enum { DELAYS_MAX = 4 };

static struct {
    weft__points points;
    weft__stream *draws;
    bool reverse; /* prefer the youngest after a wait, rather than the next in order of birth */
} delay WEFT_KEEP;

static bool begin(weft__strategy *self, weft__stream *draws, uint64_t run)
{
    (void)self;
    (void)run;
    delay.draws = draws;
    delay.reverse = weft__draw(draws, 2) == 0;
    weft__points_begin(&delay.points, draws, 1 + weft__draw(draws, DELAYS_MAX));
    return true;
}

static uint32_t default_of(weft__task *const *tasks, uint32_t count)
{
    const uint32_t first = weft__run_default(tasks, count);
    if (!delay.reverse || tasks[first]->internal || tasks[first] == weft__the_run.leader) {
        return first;
    }
    uint32_t youngest = first;
    for (uint32_t i = 0; i < count; i++) {
        if (!weft__task_is_timer(tasks[i]) && tasks[i]->slot > tasks[youngest]->slot) {
            youngest = i;
        }
    }
    return youngest;
}

static uint32_t pick(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                     const weft__task *current)
{
    (void)self;
    (void)current;
    const uint32_t first = default_of(tasks, count);
    if (!weft__points_next(&delay.points)) {
        return first;
    }
    const uint32_t other = weft__draw(delay.draws, count - 1);
    return other < first ? other : other + 1;
}

static uint32_t choose(weft__strategy *self, const weft__task *task, uint32_t arity)
{
    (void)self;
    (void)task;
    return weft__draw(delay.draws, arity);
}

weft__strategy weft__strategy_delay WEFT_KEEP = {
    .name = "delay", .begin = begin, .pick = pick, .choose = choose};
