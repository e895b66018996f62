/* worker.c: how a thread finds, switches to and leaves goroutines. See worker.h.
 *
 * Where the next goroutine comes from, in this order: every 61st time the global queue, so that it
 * is not starved; the next slot; the ring; the global queue; what epoll has; due timers; another
 * worker's ring; and last, another worker's next slot. The goroutine in the next slot inherits what
 * is left of the slice of the one before it, so that a pair that keeps waking each other gets one
 * slice together: when it is used up, fuel_out lets the ring go first. */
#include "worker.h"

#include <stdio.h>
#include <stdlib.h>

#include "fatal.h"
#include "futex.h"
#include "idle.h"
#include "inject.h"
#include "monitor.h"
#include "poller.h"
#include "retake.h"
#include "run.h"
#include "stats.h"
#include "timeline.h"
#include "timing.h"

enum {
    GLOBAL_INTERVAL = 61, /* schedules between looks at the global queue */
    TIMER_INTERVAL = 8,   /* a power of two: schedules between looks at the clock */
    POLLER_INTERVAL = 64, /* a multiple of that: schedules between looks at when epoll was seen */
    GLOBAL_BATCH_MAX = 64,
    SEARCH_ROUNDS = 16, /* with the pauses some ten microseconds */
    SEARCH_PAUSES = 64,
    STALL_ROUND = 14,  /* next slots are looked at from here on */
    STALL_PAUSES = 64, /* about a microsecond */
};

#define POLLER_STALE_NS (WEFT_MILLISECOND / 5) /* a busy worker looks at epoll that often */

weft__sched weft__sched_state;

/* Atomic, since a dump of a running program reads it. */
static inline void set_why(weft__g *g, weft__why why)
{
    weft__store_relaxed((uint32_t *)(void *)&g->why, why);
}

/* What a dump wants to know of a goroutine that waits. */
static inline void begin_wait(weft__g *g, weft__why why, const void *waits_for)
{
    weft__task *const task = weft__task_of(g);
    set_why(g, why);
    weft__store_pointer_relaxed(&task->waits_for, waits_for);
    weft__store64_relaxed(&task->waits_since, weft__load64_relaxed(&weft__timing_ticked_ns));
}

static void pause_for(int pauses)
{
    for (int i = 0; i < pauses; i++) {
        weft__pause();
    }
}

/* ---- finding a goroutine ---- */

/* The ring is full: half of it and g move to the global queue. */
static __attribute__((noinline)) void overflow(weft__worker *w, weft__g *g)
{
    weft__g *batch[WEFT__DEQUE_HALF + 1];
    const uint32_t count = weft__deque_grab(&w->deque, batch);
    batch[count] = g;
    weft__inject_push(batch, count + 1);
}

static WEFT__ALWAYS_INLINE void push(weft__worker *w, weft__g *g)
{
    if (!weft__deque_push(&w->deque, g)) {
        overflow(w, g);
    }
}

static inline bool alone(void)
{
    return weft__worker_count() == 1;
}

/* Returns what g displaces. */
static inline weft__g *put_next(weft__worker *w, weft__g *g)
{
    return alone() ? weft__deque_put_next_alone(&w->deque, g) : weft__deque_put_next(&w->deque, g);
}

static inline weft__g *take_next(weft__worker *w)
{
    return alone() ? weft__deque_put_next_alone(&w->deque, NULL) : weft__deque_take_next(&w->deque);
}

static WEFT__ALWAYS_INLINE weft__g *take_ring(weft__worker *w)
{
    weft__g *const g = alone() ? weft__deque_pop_alone(&w->deque) : weft__deque_pop(&w->deque);
    if (g != NULL) {
        w->slice = WEFT__FUEL;
    }
    return g;
}

/* Up to count of the global queue: the first is returned, the others go to the ring. */
static weft__g *take_global(weft__worker *w, uint32_t count)
{
    weft__g *batch[GLOBAL_BATCH_MAX];
    const uint32_t taken = weft__inject_take(batch, count);
    if (taken == 0) {
        return NULL;
    }
    weft__stats_global_taken(w, taken);
    for (uint32_t i = 1; i < taken; i++) {
        push(w, batch[i]);
    }
    w->slice = WEFT__FUEL;
    return batch[0];
}

static weft__g *take_share(weft__worker *w)
{
    const uint32_t count = weft__inject_count();
    if (count == 0) {
        return NULL;
    }
    const uint32_t share = count / weft__worker_count() + 1;
    return take_global(w, share < GLOBAL_BATCH_MAX ? share : GLOBAL_BATCH_MAX);
}

/* What w need not search for. */
static WEFT__ALWAYS_INLINE weft__g *take(weft__worker *w)
{
    const uint32_t tick = w->tick + 1;
    weft__store_relaxed(&w->tick, tick);
    weft__g *g = NULL;
    if (tick % GLOBAL_INTERVAL == 0 && (g = take_global(w, 1)) != NULL) {
        return g;
    }
    if ((g = take_next(w)) != NULL || (g = take_ring(w)) != NULL) {
        return g;
    }
    return take_share(w);
}

static weft__g *steal_ring(weft__worker *w, weft__worker *victim)
{
    weft__g *batch[WEFT__DEQUE_HALF];
    const uint32_t count = weft__deque_grab(&victim->deque, batch);
    for (uint32_t i = 1; i < count; i++) {
        push(w, batch[i]);
    }
    if (count == 0) {
        return NULL;
    }
    weft__stats_stolen(w, count);
    return batch[0];
}

/* The goroutine in a next slot whose worker has not come round to it for about a microsecond. */
static weft__g *stalled_next(const weft__worker *victim)
{
    weft__g *const g = weft__load_pointer_relaxed(&victim->deque.next);
    if (g == NULL) {
        return NULL;
    }
    const uint32_t tick = weft__load_relaxed(&victim->tick);
    pause_for(STALL_PAUSES);
    const bool stalled = weft__load_relaxed(&victim->tick) == tick &&
                         weft__load_pointer_relaxed(&victim->deque.next) == g;
    return stalled ? g : NULL;
}

static weft__g *steal_next(weft__worker *w, weft__worker *victim)
{
    weft__g *const g = stalled_next(victim);
    if (g == NULL || !weft__deque_steal_next(&victim->deque, g)) {
        return NULL;
    }
    weft__stats_stolen(w, 1);
    return g;
}

/* One look at every other worker, from a random one on. */
static weft__g *steal(weft__worker *w, bool from_next)
{
    const uint32_t count = weft__worker_count();
    const uint32_t start = weft__random_below(&w->thread->random, count);
    for (uint32_t i = 0; i < count; i++) {
        weft__worker *const victim = &weft__sched_state.workers[(start + i) % count];
        if (victim == w) {
            continue;
        }
        weft__g *g = steal_ring(w, victim);
        if (g == NULL && from_next) {
            g = steal_next(w, victim);
        }
        if (g != NULL) {
            w->slice = WEFT__FUEL;
            return g;
        }
    }
    return NULL;
}

bool weft__worker_has_work(const weft__worker *w)
{
    return weft__inject_count() != 0 || !weft__deque_looks_empty(&w->deque) ||
           weft__load_pointer_relaxed(&w->deque.next) != NULL;
}

bool weft__worker_sees_work(void)
{
    if (weft__inject_count() != 0) {
        return true;
    }
    const uint32_t count = weft__worker_count();
    for (uint32_t i = 0; i < count; i++) {
        const weft__worker *const w = &weft__sched_state.workers[i];
        if (!weft__deque_looks_empty(&w->deque) || stalled_next(w) != NULL) {
            return true;
        }
    }
    return false;
}

uint32_t weft__worker_runnable(void)
{
    uint32_t count = weft__inject_count();
    const uint32_t workers = weft__worker_count();
    for (uint32_t i = 0; i < workers; i++) {
        count += weft__deque_count(&weft__sched_state.workers[i].deque);
    }
    return count;
}

void weft__worker_clear(weft__worker *w)
{
    weft__g *batch[WEFT__DEQUE_HALF];
    uint32_t count = 0;
    batch[0] = weft__deque_take_next(&w->deque);
    weft__inject_push(batch, batch[0] != NULL);
    while ((count = weft__deque_grab(&w->deque, batch)) != 0) {
        weft__inject_push(batch, count);
    }
    weft__run_clear_places(w);
    weft__stack_cache_drop(&w->stacks);
}

/* Nobody sleeps in epoll, so that w, which has nothing else to do, looks. */
static weft__g *take_ready(weft__worker *w)
{
    return weft__poller_matters() && !weft__idle_polls() && weft__poller_look() ? take(w) : NULL;
}

/* The same for a worker that has enough to do. */
static __attribute__((noinline)) void look_at_stale_poller(void)
{
    if (!weft__idle_polls() &&
        weft__timing_now_ns() - weft__poller_looked_ns() >= POLLER_STALE_NS) {
        (void)weft__poller_look();
    }
}

/* Somebody else runs a goroutine, who may have something for w in a moment. */
static bool others_run(void)
{
    return weft__idle_count() + 1 < weft__worker_count() || weft__retake_at_large() != 0;
}

/* Without the search token, or where nothing can come: one look only. */
static weft__g *search(weft__worker *w)
{
    const int rounds = w->searching ? SEARCH_ROUNDS : 1;
    for (int round = 0; round < rounds && !weft__stopping() && (round == 0 || others_run());
         round++) {
        weft__timing_poll();
        weft__g *g = take(w);
        if (g != NULL || (g = steal(w, round >= STALL_ROUND)) != NULL) {
            return g;
        }
        pause_for(SEARCH_PAUSES);
    }
    return NULL;
}

/* The next goroutine; NULL: the run is stopping, or w has retired. On the thread's own stack. */
static weft__g *find(weft__worker *w)
{
    while (!weft__stopping()) {
        if (weft__worker_is_surplus(w)) {
            weft__idle_found(w); /* the token, if it has it, and its care for the first deadline */
            weft__retake_retire(w->thread);
            return NULL;
        }
        weft__g *g = take(w);
        if (g == NULL && !alone()) {
            (void)weft__idle_search(w);
        }
        if (g == NULL) {
            g = take_ready(w);
        }
        if (g != NULL || (g = search(w)) != NULL) {
            weft__idle_found(w);
            return g;
        }
        weft__idle_wait(w);
    }
    return NULL;
}

/* ---- switching ---- */

/* Leave `from` for next, or, if that is NULL, for the thread's own stack. */
static inline void switch_to(weft__thread *t, weft__fiber *from, weft__g *next, bool last)
{
    weft__timeline_switch(t, next);
    weft__fiber *to = &t->fiber;
    t->from = from;
    t->self = &t->stand_in;
    if (next != NULL) {
        to = &next->fiber;
        weft__task_of(next)->thread = t;
        weft__stats_runs(t->worker, next);
        next->fuel = t->worker->slice;
        t->self = next;
    }
    weft__fiber_switch(from, to, last);
}

/* Arriving on t, in `self`: finish what the side that left could not do on its own stack. */
static WEFT__ALWAYS_INLINE void settle(weft__thread *t, weft__fiber *self)
{
    weft__fiber_arrived(self, t->from);
    weft__commit_fn *const commit = t->commit;
    if (commit != NULL) {
        t->commit = NULL;
        commit(t->departed, t->commit_arg);
    }
    if (t->dead != NULL) {
        weft__g_free(t->self, t->dead);
        t->dead = NULL;
    }
    if (t->worker != NULL && t->worker->tick % TIMER_INTERVAL == 0) {
        weft__timing_poll();
        if (t->worker->tick % POLLER_INTERVAL == 0 && weft__poller_matters()) {
            look_at_stale_poller();
        }
    }
}

void weft__worker_arrive(weft__g *self)
{
    settle(weft__task_of(self)->thread, &self->fiber);
}

/* Switch from self to next, and return when self runs again: perhaps on another thread. */
static WEFT__ALWAYS_INLINE void depart(weft__thread *t, weft__g *self, weft__g *next)
{
    switch_to(t, &self->fiber, next, false);
    weft__worker_arrive(self);
    set_why(self, WEFT__WHY_RUNNING);
    *weft__task_of(self)->thread->errno_at = self->saved_errno;
}

/* Who runs after self; what is left of its slice is theirs. NULL: the thread's own stack. */
static WEFT__ALWAYS_INLINE weft__g *successor(const weft__thread *t, const weft__g *self)
{
    if (t->worker == NULL || weft__stopping()) {
        return NULL;
    }
    t->worker->slice = self->fuel > 0 ? self->fuel : 1;
    return take(t->worker);
}

static _Noreturn __attribute__((noinline)) void park_outside(weft__g *self, weft__why why)
{
    char message[128];
    (void)snprintf(message, sizeof message, "%s would park outside of weft_run",
                   weft__why_text(why));
    weft__die(self, WEFT__END_FATAL, NULL, message);
}

void weft__park(weft__g *self, weft__commit_fn *commit, void *arg, weft__why why)
{
    if (self->id == 0) {
        park_outside(self, why);
    }
    weft__thread *const t = weft__thread_hold_of(self);
    self->saved_errno = *t->errno_at;
    if (t->worker == NULL) {
        (void)weft__timing_tick(); /* perhaps nobody else looks at the clock */
    }
    begin_wait(self, why, arg);
    weft__stats_left(t, why);
    t->departed = self;
    t->commit = commit;
    t->commit_arg = arg;
    depart(t, self, successor(t, self));
    weft__thread_release_of(self);
}

_Noreturn void weft__worker_leave(weft__g *self, bool dead)
{
    weft__thread *const t = weft__task_of(self)->thread;
    t->dead = dead ? self : NULL;
    switch_to(t, &self->fiber, successor(t, self), true);
    abort(); /* nobody switches to a goroutine that has left */
}

/* ---- the seam ---- */

/* The only worker is busy, and looks again before it sleeps. */
static inline void notify(bool exchanged)
{
    if (alone()) {
        return;
    }
    if (exchanged) {
        weft__fence_behind_exchange();
        weft__idle_notify_fenced();
    } else {
        weft__idle_notify();
    }
}

/* A thread without a worker uses the global queue. */
static __attribute__((noinline)) void ready_elsewhere(weft__g *g)
{
    weft__inject_push(&g, 1);
    weft__idle_notify();
}

static WEFT__ALWAYS_INLINE void make_ready(weft__thread *t, weft__g *g, weft__hint hint)
{
    weft__worker *const w = t->worker;
    weft__timeline_ready(t, g);
    if (w == NULL) {
        ready_elsewhere(g);
        return;
    }
    weft__stats_ready(t, g);
    if (hint == WEFT__NEXT) {
        g = put_next(w, g);
    }
    if (g != NULL) {
        push(w, g);
    }
    notify(g == NULL);
}

void weft__worker_ready(weft__thread *t, weft__g *g, weft__hint hint)
{
    make_ready(t, g, hint);
}

void weft__ready(weft__g *g, weft__hint hint)
{
    weft__thread *const t = weft__thread_hold_here("a goroutine is made ready outside of weft_run");
    make_ready(t, g, hint);
    weft__thread_release(t);
}

static void requeue(weft__g *g, void *arg)
{
    (void)arg;
    make_ready(weft__task_of(g)->thread, g, WEFT__TAIL);
}

/* The slice is over: the ring goes before the next slot. NULL: nobody else is runnable. */
static weft__g *take_other(weft__worker *w)
{
    weft__g *const next = take_next(w);
    if (next != NULL) {
        push(w, next);
    }
    return take(w);
}

/* Behind the others: to `other`, or, if that is NULL, to the thread's own stack. */
static WEFT__ALWAYS_INLINE void let_go_first(weft__thread *t, weft__g *self, weft__g *other,
                                             weft__why why)
{
    begin_wait(self, why, NULL);
    weft__stats_left(t, why);
    t->departed = self;
    t->commit = requeue;
    depart(t, self, other);
}

void weft__worker_return(weft__g *self)
{
    weft__thread *const t = weft__task_of(self)->thread;
    self->saved_errno = *t->errno_at;
    let_go_first(t, self, NULL, WEFT__WHY_PREEMPTED);
}

void weft__yield(weft__g *self)
{
    if (self->id == 0) {
        park_outside(self, WEFT__WHY_YIELD);
    }
    weft__thread *const t = weft__thread_hold_of(self);
    weft__g *const other = successor(t, self);
    if (other != NULL || t->worker == NULL || weft__stopping()) {
        self->saved_errno = *t->errno_at;
        let_go_first(t, self, other, WEFT__WHY_YIELD);
    } else {
        weft__stats_left(t, WEFT__WHY_YIELD); /* for nobody */
    }
    weft__thread_release_of(self);
}

static void fuel_out(weft__thread *t, weft__g *self)
{
    if (weft__stopping()) {
        weft__worker_leave(self, false);
    }
    self->fuel = WEFT__FUEL;
    self->saved_errno = *t->errno_at;
    if (t->worker == NULL) {
        let_go_first(t, self, NULL, WEFT__WHY_PREEMPTED);
        return;
    }
    weft__timing_poll();
    weft__g *const other = take_other(t->worker);
    if (other == NULL) {
        *t->errno_at = self->saved_errno;
        return;
    }
    let_go_first(t, self, other, WEFT__WHY_PREEMPTED);
}

/* Others could only queue up behind a lock whose holder lets go of it first. */
static bool releases(weft__op_kind kind)
{
    return kind == WEFT__OP_UNLOCK || kind == WEFT__OP_WUNLOCK || kind == WEFT__OP_RUNLOCK;
}

void weft__fuel_out(weft__g *self, weft__op_kind kind, const void *object, uint64_t n,
                    const void *value, const void *site)
{
    (void)object;
    (void)n;
    (void)value;
    (void)site;
    if (self->id == 0) {
        self->fuel = INT32_MAX;
        return;
    }
    if (releases(kind) && self->fuel == 0) {
        self->fuel = 1; /* at the next operation */
        return;
    }
    fuel_out(weft__thread_hold_of(self), self);
    weft__thread_release_of(self);
}

void weft__worker_loop(weft__thread *t)
{
    weft__g *g = NULL;
    while (t->worker != NULL && (g = find(t->worker)) != NULL) {
        switch_to(t, &t->fiber, g, false);
        settle(t, &t->fiber);
    }
}

void weft__worker_stop_all(void)
{
    weft__store_release(&weft__sched_state.stopping, 1);
    weft__futex_wake(&weft__sched_state.stopping); /* the monitor */
    weft__monitor_watch();
    weft__idle_wake_all();
}
