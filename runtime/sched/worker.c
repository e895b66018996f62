/* worker.c: how a worker finds, switches to and leaves goroutines. See worker.h.
 *
 * Where the next goroutine comes from, in this order: every 61st time the global queue, so that it
 * is not starved; the next slot; the ring; the global queue; due timers; another worker's ring; and
 * last, another worker's next slot. The goroutine in the next slot inherits what is left of the
 * slice of the one before it, so that a pair that keeps waking each other gets one slice together:
 * when it is used up, fuel_out lets the ring go first. */
#include "worker.h"

#include <errno.h>
#include <stdlib.h>

#include "fatal.h"
#include "idle.h"
#include "inject.h"
#include "timing.h"

enum {
    GLOBAL_INTERVAL = 61, /* schedules between looks at the global queue */
    TIMER_INTERVAL = 8,   /* a power of two: schedules between looks at the clock */
    GLOBAL_BATCH_MAX = 64,
    SEARCH_ROUNDS = 16, /* with the pauses some ten microseconds */
    SEARCH_PAUSES = 64,
    STALL_ROUND = 14,  /* next slots are looked at from here on */
    STALL_PAUSES = 64, /* about a microsecond */
};

weft__sched weft__sched_state;

/* ---- errno: thread-local, so never inlined around a switch ---- */

static __attribute__((noinline)) int load_errno(void)
{
    __asm__ volatile("" ::: "memory");
    return errno;
}

static __attribute__((noinline)) void store_errno(int value)
{
    __asm__ volatile("" ::: "memory");
    errno = value;
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

static void push(weft__worker *w, weft__g *g)
{
    if (!weft__deque_push(&w->deque, g)) {
        overflow(w, g);
    }
}

static weft__g *take_ring(weft__worker *w)
{
    weft__g *const g = weft__deque_pop(&w->deque);
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
    const uint32_t share = count / weft__sched_state.worker_count + 1;
    return take_global(w, share < GLOBAL_BATCH_MAX ? share : GLOBAL_BATCH_MAX);
}

/* What w need not search for. */
static weft__g *take(weft__worker *w)
{
    const uint32_t tick = w->tick + 1;
    weft__store_relaxed(&w->tick, tick);
    weft__g *g = NULL;
    if (tick % GLOBAL_INTERVAL == 0 && (g = take_global(w, 1)) != NULL) {
        return g;
    }
    if ((g = weft__deque_take_next(&w->deque)) != NULL || (g = take_ring(w)) != NULL) {
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
    return count == 0 ? NULL : batch[0];
}

/* The goroutine in a next slot whose worker has not come round to it for about a microsecond. */
static weft__g *stalled_next(const weft__worker *victim)
{
    weft__g *const g = weft__load_g_relaxed(&victim->deque.next);
    if (g == NULL) {
        return NULL;
    }
    const uint32_t tick = weft__load_relaxed(&victim->tick);
    pause_for(STALL_PAUSES);
    const bool stalled = weft__load_relaxed(&victim->tick) == tick &&
                         weft__load_g_relaxed(&victim->deque.next) == g;
    return stalled ? g : NULL;
}

static weft__g *steal_next(weft__worker *victim)
{
    weft__g *const g = stalled_next(victim);
    return g != NULL && weft__deque_steal_next(&victim->deque, g) ? g : NULL;
}

/* One look at every other worker, from a random one on. */
static weft__g *steal(weft__worker *w, bool from_next)
{
    const uint32_t count = weft__sched_state.worker_count;
    const uint32_t start = weft__random_below(&w->thread->random, count);
    for (uint32_t i = 0; i < count; i++) {
        weft__worker *const victim = &weft__sched_state.workers[(start + i) % count];
        if (victim == w) {
            continue;
        }
        weft__g *g = steal_ring(w, victim);
        if (g == NULL && from_next) {
            g = steal_next(victim);
        }
        if (g != NULL) {
            w->slice = WEFT__FUEL;
            return g;
        }
    }
    return NULL;
}

bool weft__worker_sees_work(void)
{
    if (weft__inject_count() != 0) {
        return true;
    }
    for (uint32_t i = 0; i < weft__sched_state.worker_count; i++) {
        const weft__worker *const w = &weft__sched_state.workers[i];
        if (!weft__deque_looks_empty(&w->deque) || stalled_next(w) != NULL) {
            return true;
        }
    }
    return false;
}

/* Without the search token: one look only. */
static weft__g *search(weft__worker *w)
{
    const int rounds = w->searching ? SEARCH_ROUNDS : 1;
    for (int round = 0; round < rounds && !weft__stopping(); round++) {
        weft__timing_poll();
        weft__g *g = take(w);
        if (g != NULL || (g = steal(w, round >= STALL_ROUND)) != NULL) {
            return g;
        }
        pause_for(SEARCH_PAUSES);
    }
    return NULL;
}

/* The next goroutine; NULL: the run is stopping. On the worker's own stack. */
static weft__g *find(weft__worker *w)
{
    while (!weft__stopping()) {
        weft__g *g = take(w);
        if (g == NULL && weft__sched_state.worker_count > 1) {
            (void)weft__idle_search(w);
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

/* Leave `from` for next, or, if that is NULL, for the worker's own stack. */
static inline void switch_to(weft__worker *w, weft__fiber *from, weft__g *next, bool last)
{
    weft__fiber *to = &w->fiber;
    w->from = from;
    w->thread->self = &w->thread->stand_in;
    if (next != NULL) {
        to = &next->fiber;
        weft__task_of(next)->worker = w;
        next->fuel = w->slice;
        w->thread->self = next;
    }
    weft__fiber_switch(from, to, last);
}

/* Arriving on w, in `self`: finish what the side that left could not do on its own stack. */
static inline void settle(weft__worker *w, weft__fiber *self)
{
    weft__fiber_arrived(self, w->from);
    weft__commit_fn *const commit = w->commit;
    if (commit != NULL) {
        w->commit = NULL;
        commit(w->departed, w->commit_arg);
    }
    if (w->dead != NULL) {
        weft__g_free(w->dead);
        w->dead = NULL;
    }
    if (w->tick % TIMER_INTERVAL == 0) {
        weft__timing_poll();
    }
}

void weft__worker_arrive(weft__g *self)
{
    settle(weft__task_of(self)->worker, &self->fiber);
}

/* Switch from self to next, and return when self runs again: perhaps on another worker. */
static inline void depart(weft__worker *w, weft__g *self, weft__g *next)
{
    switch_to(w, &self->fiber, next, false);
    weft__worker_arrive(self);
    self->why = WEFT__WHY_RUNNING;
    store_errno(self->saved_errno);
}

void weft__worker_park(weft__g *self, weft__commit_fn *commit, void *arg, weft__why why)
{
    weft__worker *const w = weft__task_of(self)->worker;
    self->saved_errno = load_errno();
    self->why = why;
    w->slice = self->fuel > 0 ? self->fuel : 1;
    w->departed = self;
    w->commit = commit;
    w->commit_arg = arg;
    depart(w, self, weft__stopping() ? NULL : take(w));
}

_Noreturn void weft__worker_leave(weft__g *self, bool dead)
{
    weft__worker *const w = weft__task_of(self)->worker;
    w->slice = self->fuel > 0 ? self->fuel : 1;
    w->dead = dead ? self : NULL;
    switch_to(w, &self->fiber, weft__stopping() ? NULL : take(w), true);
    abort(); /* nobody switches to a goroutine that has left */
}

/* ---- the seam ---- */

void weft__worker_ready(weft__worker *w, weft__g *g, weft__hint hint)
{
    if (hint == WEFT__NEXT) {
        g = weft__deque_put_next(&w->deque, g);
    }
    if (g != NULL) {
        push(w, g);
    }
    weft__idle_notify();
}

static void requeue(weft__g *g, void *arg)
{
    (void)arg;
    weft__worker *const w = weft__task_of(g)->worker;
    push(w, g);
    weft__idle_notify();
}

/* The slice is over: the ring goes before the next slot. NULL: nobody else is runnable. */
static weft__g *take_other(weft__worker *w)
{
    weft__g *const next = weft__deque_take_next(&w->deque);
    if (next != NULL) {
        push(w, next);
    }
    return take(w);
}

void weft__worker_fuel_out(weft__g *self)
{
    weft__worker *const w = weft__task_of(self)->worker;
    if (weft__stopping()) {
        weft__worker_leave(self, false);
    }
    self->fuel = WEFT__FUEL;
    self->saved_errno = load_errno();
    weft__timing_poll();
    weft__g *const other = take_other(w);
    if (other == NULL) {
        store_errno(self->saved_errno);
        return;
    }
    self->why = WEFT__WHY_YIELD;
    w->departed = self;
    w->commit = requeue;
    depart(w, self, other);
}

void weft__worker_loop(weft__worker *w)
{
    weft__g *g = NULL;
    while ((g = find(w)) != NULL) {
        switch_to(w, &w->fiber, g, false);
        settle(w, &w->fiber);
    }
}

void weft__worker_stop_all(void)
{
    weft__store_release(&weft__sched_state.stopping, 1);
    weft__idle_wake_all();
}
