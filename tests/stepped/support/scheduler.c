/* scheduler.c: what surrounds the scheduler's files that are stepped. Each is weak: a test that has
 * the file itself gets the file's.
 *
 * Counting and tracing are left out. The monitor is whoever the test lets take workers. */
#include <errno.h>

#include "outer.h"
#include "sched/fatal.h"
#include "sched/idle.h"
#include "sched/monitor.h"
#include "sched/poller.h"
#include "sched/registry.h"
#include "sched/retake.h"
#include "sched/run.h"
#include "sched/stats.h"
#include "sched/timeline.h"

#define STUB __attribute__((weak))

/* ---- Counting, tracing ---- */

STUB uint32_t weft__timeline_on;

STUB void weft__timeline_note_ready(const weft__thread *t, weft__g *g)
{
    (void)t;
    (void)g;
}

STUB void weft__timeline_note_switch(weft__thread *t, weft__g *next)
{
    (void)t;
    (void)next;
}

STUB void weft__timeline_note_passed_on(weft__worker *w, const weft__thread *t)
{
    (void)w;
    (void)t;
}

STUB void weft__timeline_note_idle(const weft__worker *w)
{
    (void)w;
}

STUB void weft__stats_sample(weft__thread *t, weft__g *g)
{
    (void)t;
    (void)g;
}

STUB void weft__stats_sampled(weft__worker *w, weft__g *g)
{
    (void)w;
    (void)g;
}

STUB void weft__stats_woken(void)
{
}

STUB void weft__stats_passed_on(const weft__thread *from)
{
    (void)from;
}

STUB void weft__stats_left_alone(weft__why why)
{
    (void)why;
}

/* ---- Threads ---- */

STUB bool weft__retake_fences;

STUB void weft__thread_look(weft__thread *t)
{
    (void)t;
}

STUB void weft__retake_retire(weft__thread *t)
{
    (void)t;
}

STUB uint32_t weft__retake_at_large(void)
{
    return 0;
}

STUB weft__thread *weft__thread_enter(void)
{
    weft__thread *const t = outer_alloc(sizeof *t);
    t->self = &t->stand_in;
    t->holds = 1;
    t->member = true;
    return t;
}

STUB void weft__thread_leave(void)
{
}

STUB weft__thread *weft__thread_hold_here(const char *what)
{
    outer_fail(what);
}

STUB void weft__monitor_watch(void)
{
}

STUB void weft__registry_remove(weft__g *g)
{
    (void)g;
}

STUB void weft__run_clear_places(weft__worker *w)
{
    (void)w;
}

STUB void weft__stack_cache_drop(weft__stack_cache *cache)
{
    (void)cache;
}

STUB int64_t weft__stack_cache_idle(int64_t until_ns)
{
    return until_ns;
}

/* ---- The end ---- */

STUB void weft__complain(const char *format, ...)
{
    outer_fail(format);
}

STUB _Noreturn void weft__fatal_deadlock(void)
{
    outer_fail("the scheduler says deadlock");
}

/* ---- Epoll: there is none, and nobody waits on a descriptor ---- */

STUB bool weft__poller_exists(void)
{
    return false;
}

STUB bool weft__poller_matters(void)
{
    return false;
}

STUB bool weft__poller_look(void)
{
    return false;
}

STUB int64_t weft__poller_looked_ns(void)
{
    return 0;
}

STUB int weft__poller_sleep(struct epoll_event *events, int64_t until_ns)
{
    (void)events;
    (void)until_ns;
    return 0;
}

STUB void weft__poller_deliver(const struct epoll_event *events, int count)
{
    (void)events;
    (void)count;
}

STUB void weft__poller_interrupt(void)
{
}
