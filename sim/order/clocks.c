/* clocks.c: see clocks.h. One pass over the trace.
 *
 * order->past holds, for each actor, the clock of the point that it has reached: its next step is
 * after all of that. A step joins what it conflicts with; what it makes possible for others is
 * joined into theirs. matches.c knows which send a receive took its value from. */
#include "clocks.h"

#include <stdlib.h>
#include <string.h>

#include "../memory.h"
#include "matches.h"

enum { CLOCKS_MAX = 1 << 24 }; /* steps times actors: 64 MiB */

typedef struct weft__arming {
    int64_t deadline_ns;
    uint32_t armed_at;   /* steps so far */
    uint32_t armed_by;   /* the actor that did it, */
    uint32_t armed_when; /* and how many steps that had taken */
} weft__arming;

/* A timer that was fired or stopped: those of later deadlines could not fire before. */
typedef struct weft__disarmed {
    weft__arming arming;
    uint32_t step; /* steps so far */
    uint32_t row;  /* of `rows` */
} weft__disarmed;

static struct {
    weft__order order;
    size_t step_capacity;
    size_t clock_capacity;
    size_t past_capacity; /* of order->past */
    uint32_t timer_count;
    size_t timer_capacity;
    weft__arming *arming; /* by timer */
    weft__disarmed *disarmed;
    size_t disarmed_count;
    size_t disarmed_capacity;
    uint32_t *rows; /* clocks of `disarmed` */
    size_t row_capacity;
    size_t next_link;
    bool causes_only;
    uint32_t barrier; /* steps before this one are before all others: the clock had to move */
} pass WEFT_KEEP;

static weft__order *const order = &pass.order;

bool weft__steps_conflict(const weft__step *a, const weft__step *b)
{
    const weft__touch *const touches = weft__the_run.trace.touches;
    for (uint32_t i = a->touch; i < a->touch_end; i++) {
        for (uint32_t k = b->touch; k < b->touch_end; k++) {
            if (weft__touches_conflict(touches[i], touches[k])) {
                return true;
            }
        }
    }
    return false;
}

/* ---- Actors and steps ---- */

static uint32_t timer_actor(uint64_t name)
{
    const uint32_t members = weft__the_run.member_count;
    for (uint32_t i = 0; i < pass.timer_count; i++) {
        if (order->timer_names[i] == name) {
            return members + i;
        }
    }
    if (pass.timer_count == pass.timer_capacity) {
        pass.timer_capacity = pass.timer_capacity == 0 ? 16 : pass.timer_capacity * 2;
        order->timer_names =
            weft__grow(order->timer_names, pass.timer_capacity * sizeof *order->timer_names);
        pass.arming = weft__grow(pass.arming, pass.timer_capacity * sizeof *pass.arming);
    }
    order->timer_names[pass.timer_count] = name;
    pass.arming[pass.timer_count] = (weft__arming){0};
    return members + pass.timer_count++;
}

static bool is_timer(uint32_t actor)
{
    return actor >= weft__the_run.member_count;
}

static void add_step(const weft__trace *trace, size_t event)
{
    if (order->count == pass.step_capacity) {
        pass.step_capacity = pass.step_capacity == 0 ? 256 : pass.step_capacity * 2;
        order->steps = weft__grow(order->steps, pass.step_capacity * sizeof *order->steps);
    }
    const weft__event *const e = &trace->events[event];
    order->steps[order->count++] = (weft__step){
        .event = (uint32_t)event,
        .actor = e->slot == WEFT__TIMER_SLOT ? timer_actor(weft__name_of_object(e->object))
                                             : e->slot,
        .touch = trace->places[event].touch,
        .touch_end = (uint32_t)weft__trace_touches_end(trace, event),
    };
}

static void find_steps(void)
{
    const weft__run *const run = &weft__the_run;
    const weft__trace *const trace = &run->trace;
    order->count = 0;
    pass.timer_count = 0;
    for (size_t i = 0; i < trace->link_count; i++) {
        if (trace->links[i].kind == WEFT__LINK_ARM) {
            (void)timer_actor(trace->links[i].timer);
        }
    }
    order->partial = !run->plan.elastic && pass.timer_count > 1; /* which of them fires first */
    for (size_t i = 0; i < trace->count; i = weft__trace_next(trace, i)) {
        add_step(trace, i);
    }
    order->actor_count = run->member_count + pass.timer_count;
}

static void make_room(void)
{
    const size_t clocks = (size_t)order->count * order->actor_count;
    const size_t points = (size_t)order->actor_count * order->actor_count;
    if (clocks > pass.clock_capacity) {
        pass.clock_capacity = 2 * clocks;
        order->before = weft__grow(order->before, pass.clock_capacity * sizeof *order->before);
    }
    if (points > pass.past_capacity) {
        pass.past_capacity = 2 * points;
        order->past = weft__grow(order->past, pass.past_capacity * sizeof *order->past);
    }
    if (points != 0) {
        memset(order->past, 0, points * sizeof *order->past);
    }
}

/* ---- Clocks ---- */

static uint32_t *clock_of(uint32_t step)
{
    return order->before + (size_t)step * order->actor_count;
}

static uint32_t *now_of(uint32_t actor)
{
    return order->past + (size_t)actor * order->actor_count;
}

static void join(uint32_t *into, const uint32_t *from)
{
    weft__clock_join(into, from, order->actor_count);
}

static void remember_disarmed(uint32_t timer, const uint32_t *clock, uint32_t steps)
{
    if (pass.disarmed_count == pass.disarmed_capacity) {
        pass.disarmed_capacity = pass.disarmed_capacity == 0 ? 16 : pass.disarmed_capacity * 2;
        pass.disarmed = weft__grow(pass.disarmed, pass.disarmed_capacity * sizeof *pass.disarmed);
    }
    const size_t size = (pass.disarmed_count + 1) * order->actor_count;
    if (size > pass.row_capacity) {
        pass.row_capacity = 2 * size;
        pass.rows = weft__grow(pass.rows, pass.row_capacity * sizeof *pass.rows);
    }
    memcpy(pass.rows + size - order->actor_count, clock, order->actor_count * sizeof *clock);
    pass.disarmed[pass.disarmed_count] = (weft__disarmed){
        .arming = pass.arming[timer],
        .step = steps,
        .row = (uint32_t)pass.disarmed_count,
    };
    pass.disarmed_count++;
}

/* Whether the arming of a timer is before the point with this clock. */
static bool covers(const uint32_t *clock, const weft__disarmed *d)
{
    return clock[d->arming.armed_by] >= d->arming.armed_when;
}

/* Timers fire in the order of their deadlines. If the earlier one could have been armed after this
 * one has fired, that order of the two is not among the races: the order is called partial. */
static void join_earlier_timers(uint32_t actor, uint32_t *clock)
{
    const uint32_t timer = actor - weft__the_run.member_count;
    for (size_t i = 0; i < pass.disarmed_count; i++) {
        const weft__disarmed *const d = &pass.disarmed[i];
        if (d->arming.deadline_ns < pass.arming[timer].deadline_ns &&
            d->step > pass.arming[timer].armed_at) {
            const uint32_t *const row = pass.rows + (size_t)d->row * order->actor_count;
            order->partial = order->partial || !covers(clock, d);
            join(clock, row);
        }
    }
}

static bool is_of_lock(const weft__step *step)
{
    switch (weft__the_run.trace.events[step->event].kind) {
    case WEFT__OP_LOCK:
    case WEFT__OP_UNLOCK:
    case WEFT__OP_RLOCK:
    case WEFT__OP_RUNLOCK:
    case WEFT__OP_WLOCK:
    case WEFT__OP_WUNLOCK:
        return true;
    default:
        return false;
    }
}

/* Whether the actor's last step is an arrival at a lock. */
static bool waits_for_lock(uint32_t actor, uint32_t steps)
{
    while (steps > 0 && order->steps[steps - 1].actor != actor) {
        steps--;
    }
    return steps > 0 && is_of_lock(&order->steps[steps - 1]);
}

static void follow_link(const weft__link *link, uint32_t steps)
{
    const uint32_t *const source = link->from == WEFT__TIMER_SLOT
                                       ? (steps == 0 ? NULL : clock_of(steps - 1))
                                       : now_of(link->from);
    if (source == NULL) {
        return;
    }
    if (link->kind == WEFT__LINK_SPAWN || link->kind == WEFT__LINK_WAKE) {
        if (pass.causes_only && waits_for_lock(link->to, steps)) {
            return;
        }
        join(now_of(link->to), source);
        return;
    }
    const uint32_t actor = timer_actor(link->timer);
    const uint32_t timer = actor - weft__the_run.member_count;
    if (link->kind == WEFT__LINK_ARM) {
        const uint32_t armed_by = link->from == WEFT__TIMER_SLOT ? actor : link->from;
        join(now_of(actor), source);
        pass.arming[timer] = (weft__arming){.deadline_ns = link->deadline_ns,
                                            .armed_at = steps,
                                            .armed_by = armed_by,
                                            .armed_when = now_of(armed_by)[armed_by]};
    } else {
        remember_disarmed(timer, source, steps);
    }
}

static void follow_links(uint32_t event, uint32_t steps)
{
    const weft__trace *const trace = &weft__the_run.trace;
    while (pass.next_link < trace->link_count && trace->links[pass.next_link].at <= event) {
        follow_link(&trace->links[pass.next_link++], steps);
    }
}

/* A timer that fires only when nothing else can move comes after everything so far, and before
 * everything else. */
static void join_barrier(uint32_t j, uint32_t *clock)
{
    if (pass.barrier != 0) {
        join(clock, clock_of(pass.barrier - 1));
    }
    if (is_timer(order->steps[j].actor) && !weft__the_run.plan.elastic) {
        for (uint32_t i = pass.barrier; i < j; i++) { /* the barrier knows all before it */
            join(clock, clock_of(i));
        }
        pass.barrier = j + 1;
    }
}

static void join_conflicts(uint32_t j, uint32_t from, weft__race_fn *race, void *context)
{
    uint32_t *const clock = clock_of(j);
    for (uint32_t i = j; i-- > 0;) {
        if (!weft__step_before(order, i, j) &&
            weft__steps_conflict(&order->steps[i], &order->steps[j])) {
            if (j >= from && race != NULL) {
                race(context, order, i, j);
            }
            join(clock, clock_of(i));
        }
    }
}

static void take_step(uint32_t j, uint32_t from, weft__race_fn *race, void *context)
{
    weft__step *const step = &order->steps[j];
    uint32_t *const now = now_of(step->actor);
    uint32_t *const clock = clock_of(j);
    now[step->actor]++;
    step->number = now[step->actor];
    memcpy(clock, now, order->actor_count * sizeof *clock);
    if (is_timer(step->actor)) {
        join_earlier_timers(step->actor, clock);
    }
    join_barrier(j, clock);
    if (!pass.causes_only) {
        join_conflicts(j, from, race, context);
    }
    memcpy(now, clock, order->actor_count * sizeof *clock);
    if (is_timer(step->actor)) {
        remember_disarmed(step->actor - weft__the_run.member_count, clock, j + 1);
    }
}

static const weft__order *take_steps(uint32_t from, weft__race_fn *race, void *context)
{
    find_steps();
    if ((uint64_t)order->count * order->actor_count > CLOCKS_MAX ||
        (uint64_t)order->actor_count * order->actor_count > CLOCKS_MAX) {
        return NULL;
    }
    make_room();
    pass.next_link = 0;
    pass.disarmed_count = 0;
    pass.barrier = 0;
    weft__matches_reset(order->actor_count);
    for (uint32_t j = 0; j < order->count; j++) {
        follow_links(order->steps[j].event, j);
        take_step(j, from, race, context);
        if (!pass.causes_only || !is_of_lock(&order->steps[j])) {
            weft__match(order, j, order->past, pass.next_link);
        }
    }
    follow_links(UINT32_MAX, order->count);
    return order;
}

const weft__order *weft__order_of_run(uint32_t from, weft__race_fn *race, void *context)
{
    pass.causes_only = false;
    return take_steps(from, race, context);
}

const weft__order *weft__causes_of_run(void)
{
    pass.causes_only = true;
    return take_steps(0, NULL, NULL);
}
