/* shrink.c: delta debugging over the list of decisions (Zeller and Hildebrandt's ddmin), then
 * single deletions to a fixpoint. Concurrency is not monotonic, so any smaller list that fails in
 * the same way is accepted, and decisions that no longer apply are dropped on the way. */
#include "shrink.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../memory.h"

typedef struct weft__shrinker {
    weft__decisions *best;
    weft__decisions trial;
    const weft__plan *plan;
    weft_finding_kind kind;
    uint64_t signature;
    int64_t deadline_ns;
    uint64_t replays;
} weft__shrinker;

static int64_t real_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * WEFT_SECOND + now.tv_nsec;
}

static bool out_of_time(const weft__shrinker *s)
{
    return real_now() > s->deadline_ns;
}

/* Whether the trial fails in the same way; then it becomes the best, less what did not apply. */
static bool accept_trial(weft__shrinker *s)
{
    weft__replayer replayer;
    weft__replayer_init(&replayer, &s->trial);
    weft__replay(&replayer, s->plan);
    s->replays++;
    const weft__outcome *const outcome = &weft__the_run.outcome;
    const bool same = outcome->kind == s->kind && outcome->signature == s->signature;
    if (same) {
        s->best->count = 0;
        for (size_t i = 0; i < s->trial.count; i++) {
            if (replayer.applied_at[i] != 0) {
                weft__decisions_add(s->best, s->trial.list[i]);
            }
        }
    }
    weft__replayer_clear(&replayer);
    return same;
}

/* Try without decisions [start, start + length). */
static bool try_without(weft__shrinker *s, size_t start, size_t length)
{
    s->trial.count = 0;
    for (size_t i = 0; i < s->best->count; i++) {
        if (i < start || i >= start + length) {
            weft__decisions_add(&s->trial, s->best->list[i]);
        }
    }
    return accept_trial(s);
}

/* One pass of deletions of `length` decisions at a time, from the end: what comes late depends on
 * what came before. */
static bool delete_chunks(weft__shrinker *s, size_t length)
{
    bool any = false;
    size_t end = s->best->count;
    while (end > 0 && !out_of_time(s)) {
        const size_t start = end > length ? end - length : 0;
        if (try_without(s, start, end - start)) {
            any = true;
        }
        end = start < s->best->count ? start : s->best->count;
    }
    return any;
}

/* Choices towards 0: a choice of 0 is no decision at all, so only the others are left to try. */
static void lower_choices(weft__shrinker *s)
{
    for (size_t i = 0; i < s->best->count && !out_of_time(s); i++) {
        while (i < s->best->count && s->best->list[i].is_choice != 0 &&
               s->best->list[i].choice > 1) {
            weft__decisions_copy(&s->trial, s->best);
            s->trial.list[i].choice /= 2;
            if (!accept_trial(s)) {
                break;
            }
        }
    }
}

uint64_t weft__shrink(weft__decisions *decisions, const weft__plan *plan, weft_finding_kind kind,
                      uint64_t signature, int64_t budget_ns)
{
    weft__shrinker s = {
        .best = decisions,
        .plan = plan,
        .kind = kind,
        .signature = signature,
        .deadline_ns = real_now() + budget_ns,
    };
    (void)try_without(&s, 0, decisions->count); /* some bugs need no switch at all */
    for (size_t length = decisions->count / 2; length > 1; length /= 2) {
        (void)delete_chunks(&s, length);
        if (length > decisions->count) {
            length = decisions->count;
        }
    }
    while (delete_chunks(&s, 1) && !out_of_time(&s)) {
    }
    lower_choices(&s);
    while (delete_chunks(&s, 1) && !out_of_time(&s)) {
    }
    free(s.trial.list);
    return s.replays;
}
