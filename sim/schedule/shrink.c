/* shrink.c: see shrink.h. First a shorter prefix of the decisions, and a run that is very long
 * without parts of it (splice.c); then another order of the same steps (normalise.c), or another
 * single decision (replace.c). What is left then goes without one goroutine's decisions, and
 * through delta debugging (Zeller and Hildebrandt's ddmin) down to single ones; then others are
 * tried in their place, and so on.
 *
 * Concurrency is not monotonic: less of a schedule can fail where more of it does not. So each part
 * is greedy and goes on from whatever fails and is lighter. */
#include "shrink.h"

#include <stdlib.h>
#include <string.h>

#include "../memory.h"
#include "../real_time.h"
#include "shrinker.h"

/* As many steps as take about a second. */
enum { REPLAYS_MAX = 2000, STEPS_MAX = 4000000 };

bool weft__shrinker_spent(const weft__shrinker *s)
{
    return s->replays >= REPLAYS_MAX / s->portions || s->steps >= STEPS_MAX / s->portions ||
           weft__real_now() - s->start_ns >= s->budget_ns / s->portions;
}

/* ---- Trials ---- */

/* Sort by when they applied, and drop those that did not. */
static void keep_applied(weft__decisions *decisions, const weft__replayer *replayer)
{
    size_t *const at = weft__grow(NULL, (decisions->count + 1) * sizeof *at);
    size_t kept = 0;
    for (size_t i = 0; i < decisions->count; i++) {
        const weft__decision decision = decisions->list[i];
        if (replayer->applied_at[i] == 0) {
            continue;
        }
        size_t place = kept++;
        for (; place > 0 && at[place - 1] > replayer->applied_at[i]; place--) {
            at[place] = at[place - 1];
            decisions->list[place] = decisions->list[place - 1];
        }
        at[place] = replayer->applied_at[i];
        decisions->list[place] = decision;
    }
    decisions->count = kept;
    free(at);
}

/* Of the last run, under these decisions. */
static weft__weight weigh(const weft__decisions *decisions)
{
    const weft__trace *const trace = &weft__the_run.trace;
    weft__weight weight = {.decisions = decisions->count, .steps = weft__the_run.steps};
    for (size_t i = 0; i < decisions->count; i++) {
        weight.switches += decisions->list[i].is_choice != 0 ? 0 : 1;
        weight.choices += decisions->list[i].choice;
    }
    uint32_t slot = 0;
    for (size_t i = 0; i < trace->count; i = weft__trace_next(trace, i)) {
        weight.blocks += trace->events[i].slot != slot ? 1 : 0;
        slot = trace->events[i].slot;
    }
    return weight;
}

static bool is_lighter(const weft__weight *a, const weft__weight *b)
{
    const uint64_t left[] = {a->decisions, a->switches, a->choices, a->blocks, a->steps};
    const uint64_t right[] = {b->decisions, b->switches, b->choices, b->blocks, b->steps};
    size_t i = 0;
    while (i + 1 < sizeof left / sizeof left[0] && left[i] == right[i]) {
        i++;
    }
    return left[i] < right[i];
}

void weft__shrinker_count(weft__shrinker *s)
{
    s->replays++;
    s->steps += weft__the_run.steps;
}

bool weft__shrinker_execute(weft__shrinker *s, weft__replayer *replayer)
{
    weft__replay(replayer, s->plan);
    weft__shrinker_count(s);
    bool better = false;
    if (weft__same_failure(&weft__the_run.outcome, s->wanted)) {
        keep_applied(&s->trial, replayer);
        const weft__weight weight = weigh(&s->trial);
        better = is_lighter(&weight, &s->weight);
        if (better) {
            s->weight = weight;
            weft__decisions_copy(&s->best, &s->trial);
        }
    }
    weft__replayer_clear(replayer);
    return better;
}

bool weft__shrinker_try(weft__shrinker *s)
{
    weft__replayer replayer;
    weft__replayer_init(&replayer, &s->trial);
    return weft__shrinker_execute(s, &replayer);
}

void weft__shrinker_leave_out(weft__shrinker *s, size_t start, size_t length)
{
    weft__decisions_without(&s->trial, &s->best, start, length);
}

static bool try_without(weft__shrinker *s, size_t start, size_t length)
{
    weft__shrinker_leave_out(s, start, length);
    return weft__shrinker_try(s);
}

/* ---- Fewer decisions ---- */

/* The shortest prefix that fails, as far as failing is monotonic in its length. */
static void cut(weft__shrinker *s)
{
    size_t low = 0; /* this many do not suffice, or none do */
    size_t high = s->best.count;
    while (low < high && !weft__shrinker_spent(s)) {
        const size_t middle = low + (high - low) / 2;
        if (try_without(s, middle, s->best.count - middle)) {
            high = s->best.count < middle ? s->best.count : middle;
        } else {
            low = middle + 1;
        }
    }
}

static bool concerns(const weft__decision *decision, uint64_t name)
{
    return decision->at.actor == name || decision->target == name;
}

/* Without all decisions that are taken at one goroutine's steps or lead to it. (It is not kept from
 * running altogether: what goes wrong while something that could run does not is no failure.) */
static void drop_goroutine(weft__shrinker *s, uint64_t name)
{
    s->trial.count = 0;
    for (size_t i = 0; i < s->best.count; i++) {
        if (!concerns(&s->best.list[i], name)) {
            weft__decisions_add(&s->trial, s->best.list[i]);
        }
    }
    if (s->trial.count + 1 < s->best.count) { /* single ones come later */
        (void)weft__shrinker_try(s);
    }
}

static void drop_goroutines(weft__shrinker *s)
{
    for (size_t i = s->best.count; i-- > 0 && !weft__shrinker_spent(s);) {
        if (i < s->best.count) {
            drop_goroutine(s, s->best.list[i].at.actor);
        }
    }
}

/* One pass of deletions of `length` decisions at a time, from the end: what comes late depends on
 * what came before. */
static bool delete_chunks(weft__shrinker *s, size_t length)
{
    bool any = false;
    size_t end = s->best.count;
    while (end > 0 && !weft__shrinker_spent(s)) {
        const size_t start = end > length ? end - length : 0;
        if (try_without(s, start, end - start)) {
            any = true;
        }
        end = start < s->best.count ? start : s->best.count;
    }
    return any;
}

static void delete_large_chunks(weft__shrinker *s)
{
    for (size_t length = s->best.count / 2; length > 1; length /= 2) {
        (void)delete_chunks(s, length);
        if (length > s->best.count) {
            length = s->best.count;
        }
    }
}

/* A choice towards 0, by ever smaller steps. At 0 it is no decision at all. */
static bool lower_choice(weft__shrinker *s, size_t i)
{
    bool any = false;
    uint32_t step = s->best.list[i].choice / 2;
    while (step > 0 && !weft__shrinker_spent(s)) {
        weft__decisions_copy(&s->trial, &s->best);
        s->trial.list[i].choice -= step;
        if (!weft__shrinker_try(s)) {
            step /= 2;
            continue;
        }
        any = true;
        if (i >= s->best.count || s->best.list[i].choice <= step) {
            break;
        }
    }
    return any;
}

static bool lower_choices(weft__shrinker *s)
{
    bool any = false;
    for (size_t i = 0; i < s->best.count; i++) {
        any = lower_choice(s, i) || any;
    }
    return any;
}

/* Single deletions to a fixpoint. true: the last pass has tried each decision of the best in vain,
 * so it is 1-minimal. */
static bool settle(weft__shrinker *s)
{
    do {
        while (delete_chunks(s, 1)) {
        }
    } while (lower_choices(s));
    return !weft__shrinker_spent(s);
}

/* Go on as long as other decisions help; what is not known to be 1-minimal in the end is undone. */
static void improve(weft__shrinker *s)
{
    weft__decisions minimal = {0};
    weft__weight weight = s->weight;
    bool settled = true;
    bool helped = true;
    while (settled && helped) {
        weft__decisions_copy(&minimal, &s->best);
        weight = s->weight;
        weft__shrinker_normalise(s);
        weft__shrinker_replace(s);
        helped = is_lighter(&s->weight, &weight);
        settled = !helped || settle(s);
    }
    if (!settled) {
        weft__decisions_copy(&s->best, &minimal);
        s->weight = weight;
    }
    free(minimal.list);
}

weft__shrunk weft__shrink(weft__decisions *decisions, const weft__plan *plan,
                          const weft__outcome *wanted, int64_t budget_ns)
{
    weft__shrinker s = {
        .plan = plan,
        .wanted = wanted,
        .weight = {.decisions = UINT64_MAX},
        .start_ns = weft__real_now(),
        .budget_ns = budget_ns,
        .portions = 2, /* the second half is for becoming 1-minimal */
    };
    weft__decisions_copy(&s.trial, decisions);
    bool minimal = false;
    if (weft__shrinker_try(&s)) { /* now there is a best */
        cut(&s);
        weft__shrinker_splice(&s);
        weft__shrinker_normalise(&s);
        weft__shrinker_replace_all(&s);
        s.portions = 1;
        drop_goroutines(&s);
        delete_large_chunks(&s);
        minimal = settle(&s);
        if (minimal) {
            improve(&s);
        }
        weft__decisions_copy(decisions, &s.best);
    }
    free(s.best.list);
    free(s.trial.list);
    return (weft__shrunk){.replays = s.replays, .minimal = minimal};
}
