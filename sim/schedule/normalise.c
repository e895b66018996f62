/* normalise.c: the steps of a failing run in another order, with few decisions.
 *
 * All runs with the same happens-before order do the same and fail in the same way. So one of them
 * is executed by a strategy that lets the default policy decide wherever that order allows the step
 * it would take, and decides itself only where it does not: then by one of several rules, each in a
 * run of its own. What happens to a goroutine after the last step that the failure rests on may be
 * left out.
 *
 * INVARIANTS
 *   - The order of the failing run stays valid, since nobody asks for that of another run
 *     meanwhile. The members and the trace of that run do not: what is needed of them is copied. */
#include <stdlib.h>
#include <string.h>

#include "../memory.h"
#include "../order/clocks.h"
#include "shrinker.h"

enum { STEPS_MAX = 4096 };

#define NOBODY UINT32_MAX

/* Who takes the next step if the default policy may not. */
enum rule {
    RULE_EARLIEST, /* who did in the failing run */
    RULE_USUAL,    /* whom the default policy would prefer */
    RULE_LONGEST,  /* who can take the most steps in a row */
    RULE_HELPER,   /* who must have come before the step of the default policy */
    RULE_COUNT,
};

/* A free choice in a step of a goroutine. */
typedef struct free_choice {
    uint32_t actor;
    uint32_t seq;
    uint32_t nth;
    uint32_t chosen;
} free_choice;

typedef struct follower {
    weft__strategy strategy; /* first */
    const weft__order *order;
    uint32_t actor_count;
    uint32_t goroutine_count;
    uint64_t *names;    /* by actor */
    uint32_t *first;    /* by actor: its steps in `sequence` start here; one more for the end */
    uint32_t *sequence; /* all steps, by actor */
    bool *needed;       /* by step */
    free_choice *choices;
    size_t choice_count;
    uint32_t *done;   /* by actor: steps in this run */
    uint32_t *actors; /* by slot in this run, which may not be that of the failing one; NOBODY */
    enum rule rule;
    bool needed_only; /* other steps are not taken */
} follower;

/* ---- What is to be followed ---- */

static void copy_names(follower *f)
{
    f->names = weft__grow(NULL, f->actor_count * sizeof *f->names);
    for (uint32_t actor = 0; actor < f->actor_count; actor++) {
        f->names[actor] = actor < f->goroutine_count
                              ? weft__the_run.members[actor].name
                              : f->order->timer_names[actor - f->goroutine_count];
    }
}

static void sort_steps(follower *f)
{
    const weft__order *const order = f->order;
    f->first = weft__grow(NULL, (f->actor_count + 1) * sizeof *f->first);
    f->sequence = weft__grow(NULL, order->count * sizeof *f->sequence);
    memset(f->first, 0, (f->actor_count + 1) * sizeof *f->first);
    for (uint32_t i = 0; i < order->count; i++) {
        f->first[order->steps[i].actor + 1]++;
    }
    for (uint32_t actor = 0; actor < f->actor_count; actor++) {
        f->first[actor + 1] += f->first[actor];
    }
    for (uint32_t i = 0; i < order->count; i++) {
        f->sequence[f->first[order->steps[i].actor] + order->steps[i].number - 1] = i;
    }
}

/* A run that a goroutine ended rests on what that one had behind it; others on everything. */
static void mark_needed(follower *f)
{
    const uint32_t culprit = weft__the_run.outcome.culprit;
    f->needed = weft__grow(NULL, f->order->count * sizeof *f->needed);
    for (uint32_t i = 0; i < f->order->count; i++) {
        f->needed[i] = culprit >= f->goroutine_count || weft__step_in_past(f->order, i, culprit);
    }
}

static void copy_choices(follower *f)
{
    const weft__trace *const trace = &weft__the_run.trace;
    f->choices = weft__grow(NULL, (trace->count + 1) * sizeof *f->choices);
    free_choice *next = f->choices;
    for (size_t i = 0; i < trace->count; i++) {
        const weft__event *const event = &trace->events[i];
        if ((event->flags & WEFT__EVENT_CHOICE) == 0) {
            continue;
        }
        const bool again = next != f->choices && next[-1].actor == event->slot &&
                           next[-1].seq == event->seq;
        *next = (free_choice){.actor = event->slot,
                              .seq = event->seq,
                              .nth = again ? next[-1].nth + 1 : 0,
                              .chosen = event->value};
        next++;
    }
    f->choice_count = (size_t)(next - f->choices);
}

/* ---- The strategy ---- */

static bool begin(weft__strategy *self, weft__stream *draws, uint64_t run)
{
    (void)draws;
    (void)run;
    follower *const f = (follower *)self;
    memset(f->done, 0, f->actor_count * sizeof *f->done);
    memset(f->actors, 0xff, f->goroutine_count * sizeof *f->actors);
    return true;
}

static uint32_t find_actor(const follower *f, uint64_t name, uint32_t from, uint32_t end)
{
    while (from < end && f->names[from] != name) {
        from++;
    }
    return from < end ? from : NOBODY;
}

static uint32_t actor_of(follower *f, const weft__task *task)
{
    if (weft__task_is_timer(task)) {
        return find_actor(f, task->name, f->goroutine_count, f->actor_count);
    }
    if (task->slot >= f->goroutine_count) {
        return NOBODY;
    }
    if (f->actors[task->slot] == NOBODY) {
        f->actors[task->slot] = find_actor(f, task->name, 0, f->goroutine_count);
    }
    return f->actors[task->slot];
}

/* The step after the next `ahead` ones of the actor; NOBODY: there is none. */
static uint32_t step_of(const follower *f, uint32_t actor, uint32_t ahead)
{
    const uint32_t place = f->first[actor] + f->done[actor] + ahead;
    return place < f->first[actor + 1] ? f->sequence[place] : NOBODY;
}

/* Whether the step is wanted, and all that is before it but its actor's own has been done. */
static bool is_allowed(const follower *f, uint32_t step)
{
    if (step == NOBODY || (f->needed_only && !f->needed[step])) {
        return false;
    }
    const uint32_t *const before = f->order->before + (size_t)step * f->actor_count;
    for (uint32_t actor = 0; actor < f->actor_count; actor++) {
        if (before[actor] > f->done[actor] && actor != f->order->steps[step].actor) {
            return false;
        }
    }
    return true;
}

/* The next step of a task if the order allows it; otherwise NOBODY. */
static uint32_t allowed_step(follower *f, const weft__task *task)
{
    const uint32_t actor = actor_of(f, task);
    const uint32_t step = actor == NOBODY ? NOBODY : step_of(f, actor, 0);
    return is_allowed(f, step) ? step : NOBODY;
}

static uint32_t block_length(const follower *f, uint32_t actor)
{
    uint32_t length = 0;
    while (is_allowed(f, step_of(f, actor, length))) {
        length++;
    }
    return length;
}

/* The less, the better to take this step of the task where the default policy would have taken a
 * step of another, which is not allowed. */
static uint64_t rate(follower *f, const weft__task *task, uint32_t step, const weft__task *usual)
{
    const uint64_t unneeded = f->needed[step] ? 0 : (uint64_t)1 << 32;
    const uint32_t blocked_actor = actor_of(f, usual);
    const uint32_t blocked = blocked_actor == NOBODY ? NOBODY : step_of(f, blocked_actor, 0);
    const uint64_t other = (uint64_t)1 << 31;
    switch (f->rule) {
    case RULE_USUAL:
        return weft__run_precedence(task);
    case RULE_LONGEST:
        return unneeded + UINT32_MAX - block_length(f, f->order->steps[step].actor);
    case RULE_HELPER:
        return unneeded + step +
               (blocked != NOBODY && weft__step_before(f->order, step, blocked) ? 0 : other);
    case RULE_EARLIEST:
    case RULE_COUNT:
    default:
        return unneeded + step;
    }
}

static uint32_t pick(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                     const weft__task *current)
{
    (void)current;
    follower *const f = (follower *)self;
    const uint32_t usual = weft__run_default(tasks, count);
    if (tasks[usual]->internal || allowed_step(f, tasks[usual]) != NOBODY) {
        return usual;
    }
    uint32_t best = usual;
    uint64_t least = UINT64_MAX;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t step = tasks[i]->internal ? NOBODY : allowed_step(f, tasks[i]);
        const uint64_t rating = step == NOBODY ? UINT64_MAX : rate(f, tasks[i], step, tasks[usual]);
        if (rating < least) {
            least = rating;
            best = i;
        }
    }
    return best;
}

static uint32_t choose(weft__strategy *self, const weft__task *task, uint32_t arity)
{
    follower *const f = (follower *)self;
    const uint32_t actor = actor_of(f, task);
    for (size_t i = 0; i < f->choice_count; i++) {
        const free_choice *const c = &f->choices[i];
        if (c->actor == actor && c->seq == task->seq && c->nth == weft__the_run.choice_count) {
            return c->chosen < arity ? c->chosen : 0;
        }
    }
    return 0;
}

static void event(weft__strategy *self, const weft__task *task)
{
    follower *const f = (follower *)self;
    const uint32_t actor = actor_of(f, task);
    if (actor != NOBODY) {
        f->done[actor]++;
    }
}

/* ---- Trials ---- */

static void follower_init(follower *f, const weft__order *order)
{
    *f = (follower){
        .strategy =
            {.name = "follow", .begin = begin, .pick = pick, .choose = choose, .event = event},
        .order = order,
        .actor_count = order->actor_count,
        .goroutine_count = weft__the_run.member_count,
    };
    f->done = weft__grow(NULL, f->actor_count * sizeof *f->done);
    f->actors = weft__grow(NULL, f->goroutine_count * sizeof *f->actors);
    copy_names(f);
    sort_steps(f);
    mark_needed(f);
    copy_choices(f);
}

static void follower_clear(follower *f)
{
    free(f->names);
    free(f->first);
    free(f->sequence);
    free(f->needed);
    free(f->choices);
    free(f->done);
    free(f->actors);
}

/* What the default policy would have done otherwise in a run under this rule; try that if it is
 * promising. */
static void follow(weft__shrinker *s, follower *f)
{
    weft__plan plan = *s->plan;
    plan.strategy = &f->strategy;
    plan.replaying = true; /* decisions are to be those of a replay */
    plan.record = &s->trial;
    s->trial.count = 0;
    (void)weft__run_execute(&plan);
    weft__shrinker_count(s);
    if (s->trial.count <= s->best.count) {
        (void)weft__shrinker_try(s);
    }
}

void weft__shrinker_normalise(weft__shrinker *s)
{
    if (s->best.count == 0 || s->weight.steps > STEPS_MAX || weft__shrinker_spent(s)) {
        return;
    }
    weft__decisions_copy(&s->trial, &s->best);
    (void)weft__shrinker_try(s); /* its run is the last one now */
    const weft__order *const order = weft__order_of_run(0, NULL, NULL);
    if (order == NULL || order->count == 0) {
        return;
    }
    follower f;
    follower_init(&f, order);
    for (int needed_only = 0; needed_only <= 1; needed_only++) {
        for (int rule = 0; rule < RULE_COUNT && !weft__shrinker_spent(s); rule++) {
            f.rule = (enum rule)rule;
            f.needed_only = needed_only == 1;
            follow(s, &f);
        }
    }
    follower_clear(&f);
}
