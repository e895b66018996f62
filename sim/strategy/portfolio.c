/* portfolio.c: several strategies in rotation, because no single one is safe. The default.
 *
 * Half of the runs are SURW's: it has the lowest mean and the lowest worst case of schedules to the
 * first bug, over 41 kernels of channel programs and 17 of shared memory. The others are there for
 * what it is weak at: partial order sampling and PAIR where the bug is about two objects, delays,
 * PCT and the sticky walk where somebody must stand still for long, the random walk where every
 * order is likely. PCT with ten racy points beats that of depth 3 nearly everywhere; one in twenty
 * runs keeps the latter's guarantee. In a quarter of the runs selects are biased (bias.h).
 *
 * The rotation is a function of the run's number, so that each run depends on the seed and its
 * number only. A run that is to try a prediction is PAIR's, whoever's turn it is; a mutant
 * (feedback.h) is that of the run it stems from. All other runs teach the profile (profile.h),
 * whatever their member. */
#include <string.h>

#include "../predict/predict.h"
#include "bias.h"
#include "bounded.h"
#include "feedback.h"
#include "pct.h"
#include "profile.h"

static weft__strategy *const members[] = {
    &weft__strategy_surw,   &weft__strategy_surw, &weft__strategy_pct10_racy, &weft__strategy_surw,
    &weft__strategy_pos,    &weft__strategy_surw, &weft__strategy_pair,       &weft__strategy_surw,
    &weft__strategy_random, &weft__strategy_surw, &weft__strategy_pct10_racy, &weft__strategy_surw,
    &weft__strategy_pos,    &weft__strategy_surw, &weft__strategy_pair,       &weft__strategy_surw,
    &weft__strategy_delay,  &weft__strategy_surw, &weft__strategy_sticky,     &weft__strategy_pct,
};

enum { MEMBER_COUNT = sizeof members / sizeof members[0] };

static weft__strategy *member(const weft__strategy *self)
{
    return self->state;
}

static bool begin(weft__strategy *self, weft__stream *draws, uint64_t run)
{
    const weft__prediction *const prediction = weft__prediction_for(run);
    const uint64_t base = weft__feedback_begin(draws, run, prediction == NULL);
    self->state = prediction != NULL ? &weft__strategy_pair : members[base % MEMBER_COUNT];
    weft__pair_direct(prediction == NULL ? NULL : prediction->constraints,
                      prediction == NULL ? 0 : prediction->count);
    weft__profile_begin(base);
    weft__bias_begin(draws);
    return member(self)->begin(member(self), draws, base);
}

static uint32_t pick(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                     const weft__task *current)
{
    uint32_t free_count = 0;
    weft__task *const *const free = weft__bias_filter(tasks, count, &free_count);
    const uint32_t chosen =
        free_count == 1 ? 0 : member(self)->pick(member(self), free, free_count, current);
    for (uint32_t i = chosen;; i++) { /* those that are free are in the same order */
        if (tasks[i] == free[chosen]) {
            return i;
        }
    }
}

static uint32_t choose(weft__strategy *self, const weft__task *task, uint32_t arity)
{
    const uint32_t preferred = weft__bias_choose(task, arity);
    return preferred < arity ? preferred : member(self)->choose(member(self), task, arity);
}

static void event(weft__strategy *self, const weft__task *task)
{
    weft__feedback_event(task);
    (member(self)->event == NULL ? weft__profile_event : member(self)->event)(member(self), task);
}

static void end(weft__strategy *self, const weft__trace *trace)
{
    weft__profile_end(self, trace);
    weft__feedback_end();
    weft__predict_learn();
}

weft__strategy weft__strategy_portfolio WEFT_KEEP = {.name = "portfolio",
                                                     .begin = begin,
                                                     .pick = pick,
                                                     .choose = choose,
                                                     .event = event,
                                                     .end = end};

weft__strategy *weft__strategy_find(const char *name)
{
    static weft__strategy *const all[] = {
        &weft__strategy_portfolio, &weft__strategy_surw,   &weft__strategy_urw,
        &weft__strategy_pair,      &weft__strategy_pos,    &weft__strategy_delay,
        &weft__strategy_sticky,    &weft__strategy_random, &weft__strategy_dpor,
        &weft__strategy_ql,
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(all[i]->name, name) == 0) {
            return all[i];
        }
    }
    weft__strategy *const bounded = weft__bounded_find(name);
    return bounded != NULL ? bounded : weft__pct_find(name);
}

const char *weft__strategy_names(void)
{
    return "portfolio, surw, urw, pair, pos, pct, pct1 to pct10 (each also with -racy), delay, "
           "sticky, random, ql, dpor, delays1 to delays5, preemptions1 to preemptions5";
}
