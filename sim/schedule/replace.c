/* replace.c: other decisions instead of those of a failing schedule.
 *
 * Deleting decisions ends where each of them is needed for the sake of the others. So take several
 * of them away, execute what is left, and note every decision that could have been taken in that
 * run; then try each of them in the place of what was taken away. This moves a switch to an earlier
 * or later step, leads it to another goroutine, or does both at once.
 *
 * INVARIANTS
 *   - Every option is a decision at a point of the surveyed run where the default policy decided,
 *     and decides otherwise. */
#include <stdlib.h>

#include "shrinker.h"

enum { CHOICES_MAX = 8, OPTIONS_MAX = 1000 };

typedef struct surveyor {
    weft__replayer replayer; /* first */
    weft__strategy inner;    /* the replayer's own functions */
    weft__decisions *options;
} surveyor;

static void note(const surveyor *s, weft__decision option)
{
    if (s->options->count < OPTIONS_MAX) {
        weft__decisions_add(s->options, option);
    }
}

static uint32_t pick(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                     const weft__task *current)
{
    const surveyor *const s = (const surveyor *)(const void *)self;
    const uint32_t chosen = s->inner.pick(self, tasks, count, current);
    if (chosen != weft__run_default(tasks, count) || tasks[chosen]->internal) {
        return chosen; /* starting and resuming commute with everything */
    }
    for (uint32_t i = 0; i < count; i++) {
        if (i != chosen) {
            note(s, (weft__decision){.at = weft__the_run.position, .target = tasks[i]->name});
        }
    }
    return chosen;
}

static uint32_t choose(weft__strategy *self, const weft__task *task, uint32_t arity)
{
    const surveyor *const s = (const surveyor *)(const void *)self;
    const uint32_t chosen = s->inner.choose(self, task, arity);
    for (uint32_t other = 1; chosen == 0 && other < arity && other <= CHOICES_MAX; other++) {
        note(s,
             (weft__decision){
                 .at = {.actor = task->name, .seq = task->seq, .fires = weft__the_run.choice_count},
                 .choice = other,
                 .is_choice = 1,
             });
    }
    return chosen;
}

/* Execute the trial; the options of its run. */
static void survey(weft__shrinker *shrinker, weft__decisions *options)
{
    surveyor s = {.options = options};
    options->count = 0;
    weft__replayer_init(&s.replayer, &shrinker->trial);
    s.inner = s.replayer.strategy;
    s.replayer.strategy.pick = pick;
    s.replayer.strategy.choose = choose;
    (void)weft__shrinker_execute(shrinker, &s.replayer);
}

/* What there is instead of the decisions that the base lacks. */
static bool try_options(weft__shrinker *s, const weft__decisions *base)
{
    bool any = false;
    weft__decisions options = {0};
    weft__decisions_copy(&s->trial, base);
    survey(s, &options);
    for (size_t i = 0; i < options.count && !weft__shrinker_spent(s); i++) {
        weft__decisions_copy(&s->trial, base);
        weft__decisions_add(&s->trial, options.list[i]);
        any = weft__shrinker_try(s) || any;
    }
    free(options.list);
    return any;
}

/* One decision instead of the two with these indices, or the one if they are equal. */
static bool replace(weft__shrinker *s, size_t i, size_t j)
{
    weft__decisions base = {0};
    for (size_t k = 0; k < s->best.count; k++) {
        if (k != i && k != j) {
            weft__decisions_add(&base, s->best.list[k]);
        }
    }
    const bool any = try_options(s, &base);
    free(base.list);
    return any;
}

void weft__shrinker_replace_all(weft__shrinker *s)
{
    static const weft__decisions none;
    if (s->best.count > 0) {
        (void)try_options(s, &none);
    }
}

static bool replace_pairs(weft__shrinker *s)
{
    for (size_t j = s->best.count; j-- > 1;) {
        for (size_t i = j; i-- > 0;) {
            if (weft__shrinker_spent(s) || replace(s, i, j)) {
                return true;
            }
        }
    }
    return false;
}

void weft__shrinker_replace(weft__shrinker *s)
{
    if (s->best.count < 2 || (s->best.count > 2 && replace_pairs(s))) {
        return; /* there may be more to delete now */
    }
    for (size_t i = s->best.count; i-- > 0 && !weft__shrinker_spent(s);) {
        if (i < s->best.count) {
            (void)replace(s, i, i);
        }
    }
}
