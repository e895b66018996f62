/* dpor.c: every behaviour of the program, each in exactly one run, unless timers are stopped.
 *
 * Optimal dynamic partial order reduction: Abdulla, Aronis, Jonsson and Sagonas, "Source Sets: A
 * Foundation for Optimal Dynamic Partial Order Reduction" (JACM 2017). Two runs that differ only in
 * the order of independent steps are one behaviour. After each run its races are found; for each
 * race a sequence that reverses it is put into the wakeup tree of the point before the race, unless
 * a sleeping move or a branch that is there covers it. The next run leaves the last one at the
 * deepest point that has a branch left. Moves that have been explored from a point sleep below it
 * until something that depends on them happens.
 *
 * Free choices (select, weft_choose) are alternatives of a move. Timers are actors of their own.
 *
 * INVARIANTS
 *   - points[0..depth) are those of the last run; points[n].move is the n-th step that it took.
 *   - While a run takes place, the first `forced` steps are those that were planned.
 *   - Executing the same run number again repeats it and plans nothing.
 *   - A timer that is stopped, or outlives the run, makes no step that could race with others: that
 *     it fires before it is stopped, or before the run ends, is planned in so many words. */
#include "dpor.h"

#include <stdlib.h>
#include <string.h>

#include "../memory.h"
#include "../order/clocks.h"
#include "strategy.h"
#include "wakeup.h"

enum { CHOICES_MAX = 64, IMPOSSIBLE_BITS = 32 };

typedef struct weft__point_of_run {
    weft__move_id move;
    weft__wakeup tree; /* what is still to be explored from here */
    weft__held *held;  /* of the move that leads here, until it has been made */
    weft__move_id *sleep;
    uint32_t sleep_count;
    uint32_t sleep_capacity;
} weft__point_of_run;

/* A timer that could have been the one to make this step. */
typedef struct weft__fireable {
    size_t step;
    uint64_t timer;
} weft__fireable;

typedef struct weft__race {
    uint32_t first;
    uint32_t second; /* that could have come before it */
} weft__race;

static struct {
    weft__point_of_run *points;
    size_t capacity;
    size_t depth;
    size_t forced;
    bool repeating;
    uint64_t run;         /* the number of the last one */
    uint64_t exploration; /* that it belongs to */
    weft__dpor_count count;

    /* While a run takes place. */
    size_t step;    /* steps taken so far */
    size_t event;   /* of the last of them, in the trace */
    uint64_t actor; /* of the last of them */
    size_t aimed;   /* the target is for this step; SIZE_MAX: for none */
    bool targeted;  /* or free */
    weft__move_id target;
    uint32_t choice_count; /* of the step that is being taken */
    uint32_t choices[CHOICES_MAX];
    bool off_course;
    bool overslept;

    weft__fireable *fireable; /* in order of steps */
    size_t fireable_count;
    size_t fireable_capacity;

    weft__race *races; /* of the last run */
    size_t race_count;
    size_t race_capacity;

    weft__move_id *sequence;
    size_t sequence_capacity;
    weft__touch *touches; /* of a move that is being made */
    size_t touch_capacity;
} dpor WEFT_KEEP;

const weft__dpor_count *weft__dpor_count_now(void)
{
    return &dpor.count;
}

/* ---- Points ---- */

static void make_room(size_t depth)
{
    if (depth < dpor.capacity) {
        return;
    }
    const size_t old = dpor.capacity;
    dpor.capacity = old == 0 ? 256 : old * 2;
    dpor.points = weft__grow(dpor.points, dpor.capacity * sizeof *dpor.points);
    memset(dpor.points + old, 0, (dpor.capacity - old) * sizeof *dpor.points);
}

static void put_to_sleep(weft__point_of_run *point, weft__move_id move)
{
    if (point->sleep_count == point->sleep_capacity) {
        point->sleep_capacity = point->sleep_capacity == 0 ? 8 : point->sleep_capacity * 2;
        point->sleep = weft__grow(point->sleep, point->sleep_capacity * sizeof *point->sleep);
    }
    point->sleep[point->sleep_count++] = move;
}

/* What sleeps at a point goes on sleeping after a move that it does not depend on. */
static void pass_sleep(size_t n)
{
    const weft__point_of_run *const before = &dpor.points[n - 1];
    weft__point_of_run *const point = &dpor.points[n];
    point->sleep_count = 0;
    for (uint32_t i = 0; i < before->sleep_count; i++) {
        if (!weft__moves_conflict(before->sleep[i], before->move)) {
            put_to_sleep(point, before->sleep[i]);
        }
    }
}

static weft__touch *touches_room(size_t count)
{
    if (count > dpor.touch_capacity) {
        dpor.touch_capacity = 2 * count;
        dpor.touches = weft__grow(dpor.touches, dpor.touch_capacity * sizeof *dpor.touches);
    }
    return dpor.touches;
}

/* The step at `event` of the trace, whose touches end at touch_end, as a move. */
static weft__move_id move_of(size_t event, size_t touch_end, bool ends_run)
{
    const weft__run *const run = &weft__the_run;
    const weft__trace *const trace = &run->trace;
    const weft__event *const e = &trace->events[event];
    const size_t touch = trace->places[event].touch;
    const weft__move move = {
        .actor = e->slot == WEFT__TIMER_SLOT ? weft__name_of_object(e->object)
                                             : run->members[e->slot].name,
        .touch_count = (uint32_t)(touch_end - touch),
        .choice_count = dpor.choice_count,
        .ends_run = ends_run,
    };
    weft__touch *const touches = touches_room(move.touch_count);
    for (uint32_t i = 0; i < move.touch_count; i++) {
        touches[i] = trace->touches[touch + i];
        touches[i].object = weft__name_of_touched(touches[i].object);
    }
    return weft__move_make(&move, touches, dpor.choices);
}

/* The same move with other choices. */
static weft__move_id with_choices(weft__move_id id, const uint32_t *choices, uint32_t count)
{
    weft__move move = *weft__move_at(id);
    weft__touch *const touches = touches_room(move.touch_count); /* making a move may move others */
    if (move.touch_count != 0) {
        memcpy(touches, weft__move_touches(&move), move.touch_count * sizeof *touches);
    }
    move.choice_count = count;
    return weft__move_make(&move, touches, choices);
}

/* ---- Plans ---- */

static weft__move_id *sequence_room(size_t count)
{
    if (count > dpor.sequence_capacity) {
        dpor.sequence_capacity = 2 * count;
        dpor.sequence = weft__grow(dpor.sequence, dpor.sequence_capacity * sizeof *dpor.sequence);
    }
    return dpor.sequence;
}

/* A sleeping move made a choice that its like in the sequence, `wanted`, leaves open: whether all
 * the others sleep too. */
static bool all_sleep(const weft__point_of_run *point, const weft__move *sleeping,
                      const weft__move *wanted)
{
    const uint32_t open = wanted->choice_count;
    const uint32_t arity = weft__choice_arity(weft__move_choices(sleeping)[open]);
    for (uint32_t choice = 0; choice < arity; choice++) {
        bool found = false;
        for (uint32_t i = 0; i < point->sleep_count && !found; i++) {
            const weft__move *const other = weft__move_at(point->sleep[i]);
            found = other->actor == wanted->actor && other->choice_count > open &&
                    weft__choice_of(weft__move_choices(other)[open]) == choice &&
                    memcmp(weft__move_choices(other), weft__move_choices(wanted),
                           open * sizeof(uint32_t)) == 0;
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

static bool covered_by_sleep(const weft__point_of_run *point, size_t count)
{
    for (uint32_t i = 0; i < point->sleep_count; i++) {
        size_t place = 0;
        const weft__initial initial =
            weft__move_initial(point->sleep[i], dpor.sequence, count, &place);
        if (initial == WEFT__INITIAL_APART) {
            return true;
        }
        if (initial == WEFT__INITIAL_FIRST) {
            const weft__move *const sleeping = weft__move_at(point->sleep[i]);
            const weft__move *const wanted = weft__move_at(dpor.sequence[place]);
            if (sleeping->choice_count <= wanted->choice_count ||
                all_sleep(point, sleeping, wanted)) {
                return true;
            }
        }
    }
    return false;
}

/* Plan to explore the sequence from a point, unless what sleeps there covers it. */
static void plan(weft__point_of_run *point, size_t count)
{
    if (!covered_by_sleep(point, count)) {
        weft__wakeup_insert(&point->tree, dpor.sequence, count);
    }
}

/* The last of the planned moves has been made. Nothing sleeps then: else the plan would have been
 * covered by it. But the move may do less here than where it was met, where it made somebody ready,
 * say, who does not wait here; then what it was to cover has to be looked at again. */
static void plan_held(weft__point_of_run *point)
{
    for (const weft__held *held = point->held; held != NULL && point->sleep_count != 0;
         held = held->next) {
        memcpy(sequence_room(held->count), held->sequence, held->count * sizeof *held->sequence);
        plan(point, held->count);
    }
    weft__held_free(point->held);
    point->held = NULL;
}

/* The last step is over: it is known now what it did. */
static void settle(size_t touch_end, bool ends_run)
{
    const size_t n = dpor.step - 1;
    if (dpor.step != 0 && n + 1 >= dpor.forced && !dpor.repeating) {
        dpor.points[n].move = move_of(dpor.event, touch_end, ends_run);
        make_room(n + 1);
        pass_sleep(n + 1);
        plan_held(&dpor.points[n + 1]);
    }
}

/* ---- While a run takes place ---- */

/* Take the first branch from point n; what is behind it belongs to the next. */
static weft__move_id take_branch(size_t n)
{
    make_room(n + 1);
    const weft__taken taken = weft__wakeup_take(&dpor.points[n].tree);
    dpor.points[n + 1].tree = taken.behind;
    weft__held_free(dpor.points[n + 1].held);
    dpor.points[n + 1].held = taken.held;
    return taken.move;
}

/* What is planned for the next step. */
static void aim(void)
{
    if (dpor.aimed == dpor.step) {
        return;
    }
    dpor.aimed = dpor.step;
    make_room(dpor.step + 1);
    weft__point_of_run *const point = &dpor.points[dpor.step];
    dpor.targeted = true;
    if (dpor.step < dpor.forced) {
        dpor.target = point->move;
    } else if (!dpor.off_course && point->tree != 0) {
        dpor.target = take_branch(dpor.step);
    } else {
        point[1].tree = 0;
        dpor.targeted = false;
    }
}

/* Whether the step that is being taken sleeps, with its choices so far and then `choice`. */
static bool asleep(const weft__point_of_run *point, uint32_t choice)
{
    const uint32_t made = dpor.choice_count;
    for (uint32_t i = 0; i < point->sleep_count; i++) {
        const weft__move *const move = weft__move_at(point->sleep[i]);
        const uint32_t *const choices = weft__move_choices(move);
        if (move->actor == dpor.actor && move->choice_count == made + 1 &&
            weft__choice_of(choices[made]) == choice &&
            (made == 0 || memcmp(choices, dpor.choices, made * sizeof *choices) == 0)) {
            return true;
        }
    }
    return false;
}

/* Whether all that the actor could do next sleeps, as far as can be told before it does it: moves
 * with choices are told apart when they choose. */
static bool sleeps(const weft__point_of_run *point, uint64_t actor)
{
    for (uint32_t i = 0; i < point->sleep_count; i++) {
        const weft__move *const move = weft__move_at(point->sleep[i]);
        if (move->actor == actor && move->choice_count == 0) {
            return true;
        }
    }
    return false;
}

static uint32_t pick_free(weft__task *const *tasks, uint32_t count)
{
    const weft__point_of_run *const point = &dpor.points[dpor.step];
    const uint32_t first = weft__run_default(tasks, count);
    if (!sleeps(point, tasks[first]->name)) {
        return first;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!sleeps(point, tasks[i]->name)) {
            return i;
        }
    }
    return first; /* told when it happens */
}

static uint32_t pick(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                     const weft__task *current)
{
    (void)self;
    (void)current;
    settle(weft__the_run.trace.touch_count, false);
    aim();
    if (!dpor.targeted) {
        return pick_free(tasks, count);
    }
    const uint64_t actor = weft__move_at(dpor.target)->actor;
    for (uint32_t i = 0; i < count; i++) {
        if (tasks[i]->name == actor) {
            return i;
        }
    }
    return weft__run_default(tasks, count); /* off course: told when it happens */
}

/* Which timers could fire instead of the step that is about to be taken. */
static void remember_fireable(void)
{
    weft__run *const run = &weft__the_run;
    const uint32_t count = run->plan.elastic ? weft__clock_candidates(run->candidates) : 0;
    dpor.fireable = weft__with_room(dpor.fireable, dpor.fireable_count, count,
                                    &dpor.fireable_capacity, sizeof *dpor.fireable);
    for (uint32_t i = 0; i < count; i++) {
        dpor.fireable[dpor.fireable_count++] =
            (weft__fireable){.step = dpor.step, .timer = run->candidates[i]->name};
    }
}

static void event(weft__strategy *self, const weft__task *task)
{
    const weft__trace *const trace = &weft__the_run.trace;
    (void)self;
    const size_t own = weft__trace_last(trace) - 1;
    settle(trace->places[own].touch, false);
    aim();
    if (dpor.targeted && weft__move_at(dpor.target)->actor != task->name) {
        dpor.off_course = true;
        dpor.targeted = false;
    }
    dpor.overslept = dpor.overslept || (dpor.step >= dpor.forced && !dpor.targeted &&
                                        sleeps(&dpor.points[dpor.step], task->name));
    remember_fireable();
    dpor.choice_count = 0;
    dpor.actor = task->name;
    dpor.event = own;
    dpor.step++;
}

static bool is_impossible(uint32_t impossible, uint32_t choice)
{
    return choice < IMPOSSIBLE_BITS && (impossible >> choice & 1) != 0;
}

static uint32_t choose_free(uint32_t arity)
{
    const weft__point_of_run *const point = &dpor.points[dpor.step - 1];
    for (uint32_t choice = 0; choice < arity; choice++) {
        if (!is_impossible(weft__the_run.impossible, choice) && !asleep(point, choice)) {
            return choice;
        }
    }
    dpor.overslept = true;
    return 0;
}

/* What was planned is impossible, and so is all that is behind it: the sequences of two plans were
 * joined of which each rules out the other. */
static uint32_t leave_plan(uint32_t arity)
{
    dpor.overslept = true;
    dpor.targeted = false;
    dpor.points[dpor.step].tree = 0;
    return choose_free(arity);
}

static uint32_t choose(weft__strategy *self, const weft__task *task, uint32_t arity)
{
    (void)self;
    (void)task;
    if (dpor.step == 0) { /* not by an operation: it cannot be planned */
        dpor.count.too_deep = true;
        return 0;
    }
    const weft__move *const planned = dpor.targeted ? weft__move_at(dpor.target) : NULL;
    uint32_t choice = 0;
    if (planned != NULL && dpor.choice_count < planned->choice_count) {
        choice = weft__choice_of(weft__move_choices(planned)[dpor.choice_count]);
        choice = choice < arity ? choice : 0;
        if (is_impossible(weft__the_run.impossible, choice)) {
            choice = leave_plan(arity);
        }
    } else if (!dpor.repeating) {
        choice = choose_free(arity);
    }
    if (dpor.choice_count < CHOICES_MAX && arity >> WEFT__CHOICE_BITS == 0) {
        dpor.choices[dpor.choice_count++] = weft__move_choice(choice, arity);
    } else {
        dpor.count.too_deep = true;
    }
    return choice;
}

/* ---- After a run: what else is there? ---- */

static void remember_race(void *context, const weft__order *order, uint32_t i, uint32_t j)
{
    (void)context;
    (void)order;
    dpor.races =
        weft__with_room(dpor.races, dpor.race_count, 1, &dpor.race_capacity, sizeof *dpor.races);
    dpor.races[dpor.race_count++] = (weft__race){.first = i, .second = j};
}

/* Instead of step i: all of the run that comes behind it and does not depend on it, and then
 * `last`. Less would do to have `last` there; but what sleeps covers more of what is shorter, and
 * what was explored behind that may have gone another way, where free choices are. */
static void plan_without(const weft__order *order, uint32_t i, weft__move_id last)
{
    weft__move_id *const sequence = sequence_room(order->count - i);
    size_t count = 0;
    for (uint32_t k = i + 1; k < order->count; k++) {
        if (!weft__step_before(order, i, k)) {
            sequence[count++] = dpor.points[k].move;
        }
    }
    sequence[count++] = last;
    plan(&dpor.points[i], count);
}

/* How the free choices of the second step went means nothing where the first has not been. */
static void reverse_races(const weft__order *order)
{
    for (size_t i = 0; i < dpor.race_count; i++) {
        const weft__race race = dpor.races[i];
        plan_without(order, race.first, with_choices(dpor.points[race.second].move, NULL, 0));
    }
    dpor.race_count = 0;
}

/* The other ways in which the free choices of step n could have gone. */
static void plan_choices(const weft__order *order, uint32_t n)
{
    const weft__trace *const trace = &weft__the_run.trace;
    const size_t first = order->steps[n].event;
    uint32_t choices[CHOICES_MAX];
    uint32_t made = 0;
    for (size_t i = first; i < weft__trace_next(trace, first) && made < CHOICES_MAX; i++) {
        const weft__event *const e = &trace->events[i];
        if ((e->flags & WEFT__EVENT_CHOICE) == 0) {
            continue;
        }
        for (uint32_t other = 0; other < e->arity; other++) {
            if (other != e->value && !is_impossible(trace->places[i].impossible, other)) {
                choices[made] = weft__move_choice(other, e->arity);
                plan_without(order, n, with_choices(dpor.points[n].move, choices, made + 1));
            }
        }
        choices[made++] = weft__move_choice(e->value, e->arity);
    }
}

/* Somebody else could have moved at point n. What he does is not known. */
static void plan_pending(size_t n, uint64_t actor)
{
    if (actor != weft__move_at(dpor.points[n].move)->actor) {
        const weft__move move = {.actor = actor, .pending = true};
        *sequence_room(1) = weft__move_make(&move, NULL, NULL);
        plan(&dpor.points[n], 1);
    }
}

static void plan_fireable(size_t n)
{
    for (size_t i = 0; i < dpor.fireable_count; i++) {
        if (dpor.fireable[i].step == n) {
            plan_pending(n, dpor.fireable[i].timer);
        }
    }
}

/* The last step ended the run: whoever could have moved may do so before it. */
static void plan_survivors(size_t n)
{
    const weft__run *const run = &weft__the_run;
    for (uint32_t i = 0; i < run->announced_count; i++) {
        plan_pending(n, run->announced[i]->name);
    }
    plan_fireable(n);
}

/* Before a step that stopped a timer it may fire, or first those whose deadlines are earlier. */
static void plan_before_stops(const weft__order *order, size_t from)
{
    const weft__trace *const trace = &weft__the_run.trace;
    size_t n = 0;
    for (size_t i = 0; i < trace->link_count; i++) {
        while (n + 1 < order->count && order->steps[n + 1].event < trace->links[i].at) {
            n++;
        }
        if (trace->links[i].kind == WEFT__LINK_DISARM && n >= from) {
            plan_fireable(n);
        }
    }
}

static void end(weft__strategy *self, const weft__trace *trace)
{
    (void)self;
    const bool ended = weft__the_run.outcome.culprit != UINT32_MAX; /* by a goroutine */
    settle(trace->touch_count, ended);
    if (dpor.repeating) {
        return;
    }
    dpor.depth = dpor.step;
    dpor.count.too_deep = dpor.count.too_deep || weft__the_run.outcome.hit_tail;
    if (dpor.count.too_deep) {
        return;
    }
    dpor.count.diverged += dpor.off_course ? 1 : 0;
    dpor.count.redundant += !dpor.off_course && dpor.overslept ? 1 : 0;
    const size_t from = dpor.forced == 0 ? 0 : dpor.forced - 1;
    const weft__order *const order = weft__order_of_run((uint32_t)from, remember_race, NULL);
    if (order == NULL) {
        dpor.count.too_deep = true;
        return;
    }
    dpor.count.partial = dpor.count.partial || order->partial || weft__the_run.drew_random ||
                         weft__the_run.abridged;
    reverse_races(order);
    for (uint32_t n = (uint32_t)from; n < order->count; n++) {
        plan_choices(order, n);
    }
    plan_before_stops(order, from);
    if (ended && dpor.depth != 0) {
        plan_survivors(dpor.depth - 1);
    } else if (weft__the_run.alarm_count != 0 && dpor.depth != 0) {
        plan_fireable(dpor.depth - 1);
    }
}

/* Go back to the deepest point that has a branch left, and take it. false: there is none. */
static bool go_back(void)
{
    for (size_t n = dpor.depth; n-- > 0;) {
        weft__point_of_run *const point = &dpor.points[n];
        put_to_sleep(point, point->move);
        if (point->tree != 0) {
            point->move = take_branch(n);
            dpor.forced = n + 1;
            return true;
        }
    }
    return false;
}

static void start(void)
{
    weft__moves_clear();
    weft__wakeup_clear();
    dpor.depth = 0;
    dpor.forced = 0;
    dpor.count = (weft__dpor_count){0};
    make_room(1);
    for (size_t n = 0; n < dpor.capacity; n++) {
        weft__held_free(dpor.points[n].held);
        dpor.points[n].held = NULL;
        dpor.points[n].tree = 0;
        dpor.points[n].sleep_count = 0;
    }
}

static bool begin(weft__strategy *self, weft__stream *draws, uint64_t run)
{
    const uint64_t exploration = weft__the_run.plan.exploration;
    dpor.fireable_count = 0;
    dpor.race_count = 0;
    (void)self;
    (void)draws;
    dpor.repeating = exploration == dpor.exploration && run == dpor.run;
    if (dpor.repeating) {
        dpor.forced = dpor.depth;
    } else if (exploration != dpor.exploration) {
        start();
    } else if (dpor.count.too_deep || dpor.count.exhausted || !go_back()) {
        dpor.count.exhausted = !dpor.count.too_deep;
        return false;
    }
    dpor.exploration = exploration;
    dpor.run = run;
    dpor.step = 0;
    dpor.aimed = SIZE_MAX;
    dpor.off_course = false;
    dpor.overslept = false;
    dpor.choice_count = 0;
    return true;
}

weft__strategy weft__strategy_dpor WEFT_KEEP = {.name = "dpor",
                                                .exhaustive = true,
                                                .begin = begin,
                                                .pick = pick,
                                                .choose = choose,
                                                .event = event,
                                                .end = end};
