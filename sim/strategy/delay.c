/* delay.c: random delay bounding.
 *
 * The default policy, which lets a goroutine run until it waits, except that at up to four random
 * steps the one that would move is passed over. Emmi, Qadeer and Rakamaric, "Delay-Bounded
 * Scheduling" (POPL 2011): most bugs need one or two delays, whatever the number of goroutines. */
#include "../run.h"
#include "patience.h"
#include "points.h"
#include "profile.h"

enum { DELAYS_MAX = 4 };

static struct {
    weft__points points;
    weft__patience patience;
    weft__stream *draws;
    bool reverse; /* prefer the youngest after a wait, rather than the next in order of birth */
} delay WEFT_KEEP;

static bool begin(weft__strategy *self, weft__stream *draws, uint64_t run)
{
    (void)self;
    weft__profile_begin(run);
    const weft__profile *const profile = weft__profile_now();
    delay.draws = draws;
    delay.patience = (weft__patience){0};
    delay.reverse = weft__draw(draws, 2) == 0;
    weft__points_begin(&delay.points, draws, 1 + weft__draw(draws, DELAYS_MAX),
                       profile == NULL ? 0 : profile->choices_max);
    return true;
}

/* The running goroutine goes on until it waits; then the next in order of birth or the youngest. */
static uint32_t default_of(weft__task *const *tasks, uint32_t count, const weft__task *current)
{
    const bool waits = weft__is_waiting(&delay.patience, current) || weft__is_spinning(current);
    uint32_t best = weft__run_default(tasks, count);
    if (tasks[best]->internal) {
        return best;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (tasks[i] == current) {
            if (!waits) {
                return i;
            }
            continue;
        }
        if (weft__task_is_timer(tasks[i])) {
            continue;
        }
        const bool younger = weft__task_is_timer(tasks[best]) || tasks[i]->slot > tasks[best]->slot;
        if (tasks[best] == current || (delay.reverse && younger)) {
            best = i;
        }
    }
    return best;
}

static uint32_t pick(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                     const weft__task *current)
{
    (void)self;
    const uint32_t first = default_of(tasks, count, current);
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

weft__strategy weft__strategy_delay WEFT_KEEP = {.name = "delay",
                                                 .begin = begin,
                                                 .pick = pick,
                                                 .choose = choose,
                                                 .event = weft__profile_event,
                                                 .end = weft__profile_end};
