/* worker.h: workers, which are the right to run goroutines, and the threads that have them.
 *
 * There are as many workers as goroutines may run at once. A worker has a queue and is served by a
 * thread, which runs goroutines as long as it has the worker. A thread whose goroutine computes or
 * waits in the kernel for long loses its worker to another thread (retake.h): it goes on, without a
 * worker, to the goroutine's next call of ours; that puts the goroutine into the global queue.
 *
 * INVARIANTS
 *   - weft__task(g)->thread is the thread that runs g, or that ran it last: whoever switches to g
 *     writes it, on that thread.
 *   - thread->self is the goroutine that runs, or the stand-in while the thread is on its own
 *     stack.
 *   - thread->worker and its worker's `thread` change only while thread->holds is 0, under the lock
 *     of retake.c, or by the thread itself while it is not. So between weft__thread_hold and
 *     weft__thread_release a thread's worker is its own; it may have none.
 *   - A switch has two halves. The side that leaves notes what is to be settled (from, departed,
 *     commit, dead); the side that arrives, on the same thread, settles it before anything else:
 *     then the departed goroutine's context is saved and its stack is left. A thread holds across
 *     the switch: the side that arrives releases.
 *   - A worker that is in idle's list has an empty deque: only it puts anything there.
 *   - WORKERS COME AND GO (resize.h). Those below worker_count may have something in their
 *     deques: they are stolen from, and all of them are idle in a deadlock. Those from worker_goal
 *     on, which is less while some are one too many, are to retire. Those below workers_made have
 *     been there: the registries, counts and ids of all of them last as long as the run. No worker
 *     ever moves.
 *   - A worker that has retired has no thread, goroutines, stacks or places, is not idle and does
 *     not search.
 *   - ALONE: worker_count becomes 1, or something else, by the thread that serves the only worker
 *     there is, while it holds. So nobody is in the middle of a move of its deque then.
 *   - Only backend.c reads thread-local storage. Everything else gets its
 *     thread from its caller or, behind a switch, from the goroutine: compilers keep the address of
 *     a thread-local variable across calls, and a goroutine may wake up on another thread. */
#ifndef WEFT_SCHED_WORKER_H
#define WEFT_SCHED_WORKER_H

#include <pthread.h>

#include "core/g.h"
#include "counts.h"
#include "deque.h"
#include "random.h"
#include "stack_cache.h"

/* Operations until a goroutine must let others run. */
enum { WEFT__FUEL = 100 };

typedef struct weft__worker weft__worker;

/* What is thread-local. */
typedef struct weft__thread weft__thread;
struct weft__thread {
    weft__g *self;        /* NULL: not used yet */
    weft__worker *worker; /* NULL: none */
    int *errno_at;        /* where it keeps errno */
    weft__random random;
    weft__fiber fiber; /* of its own stack */

    weft__fiber *from; /* the switch in flight */
    weft__g *departed;
    weft__commit_fn *commit;
    void *commit_arg;
    weft__g *dead;

    _Alignas(64) uint32_t holds; /* atomic; retake.c from here on */
    uint32_t taken;              /* atomic: hold must look whether the worker is still there */
    bool firing;                 /* timers */
    bool member;                 /* of the run: it may make goroutines ready */
    bool abandoned;              /* the run has ended without it */
    uint32_t wake;               /* futex: there is a worker, or the end */
    weft__thread *next_spare;
    weft__thread *next; /* in the list of all */
    pthread_t pthread;

    weft__stack handler_stack; /* for signals; size 0: the thread has its own */
    weft__g stand_in;          /* weft__self outside of goroutines: id 0, does not park */
};

/* The goroutines that a worker has started and that are alive, for the end and for reports. */
typedef struct weft__registry {
    weft__lock lock;
    weft__g *newest;
} weft__registry;

struct weft__worker {
    weft__deque deque;
    _Alignas(64) weft__thread *thread; /* that serves it; NULL: none at the moment */
    uint32_t tick; /* schedules so far; others read it to see whether a goroutine runs on and on */
    int32_t slice; /* fuel that the next slot's goroutine inherits */
    uint32_t seen_tick; /* these two: the monitor's, when it saw the tick change last */
    int64_t seen_ns;
    bool retime;      /* the first deadline may have moved while nobody sleeps until it */
    uint64_t id_next; /* ids not given out yet: [id_next, id_end) */
    uint64_t id_end;
    uint32_t places; /* for goroutines, counted in sched.alive; written by its thread only */

    bool searching; /* idle.c from here on */
    bool idle;
    uint32_t wake;
    uint32_t polling; /* atomic: sleeps in epoll, or is about to */
    weft__worker *idle_next;

    weft__registry registry;
    weft__stack_cache stacks;
    weft__counts counts;
};

/* The run. */
typedef struct weft__sched {
    weft__worker *workers; /* WEFT_WORKERS_MAX; zero until they are made */
    uint32_t worker_count; /* these three are atomic, and written under the lock of retake.c */
    uint32_t worker_goal;
    uint32_t workers_made;
    uint32_t goroutine_limit;
    weft__g *main;
    uint32_t stopping;           /* atomic: leave at the next schedule point */
    uint32_t place_batch;        /* atomic: how many places a worker gets at once */
    _Alignas(64) uint32_t alive; /* atomic: goroutines and workers' places */
    uint32_t failed;             /* atomic: calls of weft__fail_run */
} weft__sched;
extern weft__sched weft__sched_state;

static inline uint32_t weft__worker_count(void)
{
    return weft__load_relaxed(&weft__sched_state.worker_count);
}

static inline uint32_t weft__workers_made(void)
{
    return weft__load_acquire(&weft__sched_state.workers_made);
}

static inline uint32_t weft__worker_index(const weft__worker *w)
{
    return (uint32_t)(w - weft__sched_state.workers);
}

/* It is one too many. */
static inline bool weft__worker_is_surplus(const weft__worker *w)
{
    return w >= weft__sched_state.workers + weft__load_relaxed(&weft__sched_state.worker_goal);
}

/* weft__g.backend seen as ours. */
typedef struct __attribute__((may_alias)) weft__task {
    weft__thread *thread;
    const void *waits_for;    /* atomic, as the next: what the commit of its last park got */
    int64_t waits_since;      /* when it parked last, by weft__timing_ticked_ns */
    weft__registry *registry; /* where it is listed */
    weft__g *newer;
    weft__g *older;
    int64_t ready_ns; /* these two, while g->mark: stats.h */
    uint32_t ready_weight;
    uint32_t woken_on;   /* from here on timeline.c's: the worker of whoever made it ready, */
    uint64_t woken_by;   /* the goroutine, 0: a timer or a thread, */
    int64_t woken_ns;    /* and when; 0: not noted */
    int64_t at_large_ns; /* when it lost its worker; 0: not noted */
} weft__task;
_Static_assert(sizeof(weft__task) <= sizeof(((weft__g *)NULL)->backend), "it fits");

static inline weft__task *weft__task_of(weft__g *g)
{
    return (weft__task *)(void *)g->backend;
}

static inline bool weft__stopping(void)
{
    return weft__load_acquire(&weft__sched_state.stopping) != 0;
}

/* backend.c: the calling thread becomes one of the run, which holds; and stops being one. */
weft__thread *weft__thread_enter(void);
void weft__thread_leave(void);

/* The calling thread fires timers from here on, or does no longer: whom it makes ready is not woken
 * by the goroutine that runs on it. */
void weft__thread_fires(bool fires);

/* backend.c: the calling thread, which holds from here on. Fatal with `what` outside of a run. */
weft__thread *weft__thread_hold_here(const char *what);

/* From here on t holds. */

/* weft__ready, once the thread is known. */
void weft__worker_ready(weft__thread *t, weft__g *g, weft__hint hint);

/* A new goroutine's arrival: its thread holds. */
void weft__worker_arrive(weft__g *self);

/* The thread of self has lost its worker: go on behind the others. */
void weft__worker_return(weft__g *self);

/* Switch away from self for good. With `dead` its memory is given back. */
_Noreturn void weft__worker_leave(weft__g *self, bool dead);

/* Run goroutines on the calling thread, which is t, as long as it has a worker, until the run
 * stops. */
void weft__worker_loop(weft__thread *t);

/* w retires: what it has goes to where all find it. The caller is w's thread, or has stopped it. */
void weft__worker_clear(weft__worker *w);

/* Make all workers leave at their next schedule point. */
void weft__worker_stop_all(void);

/* There is something that w, or any worker, could do. */
bool weft__worker_has_work(const weft__worker *w);

/* Whether some deque or the global queue holds a goroutine that a searcher would find. */
bool weft__worker_sees_work(void);

/* Goroutines that wait for a worker: about how many, as they move meanwhile. */
uint32_t weft__worker_runnable(void);

#endif
