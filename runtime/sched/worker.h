/* worker.h: a worker: an OS thread that runs goroutines, and what all workers of a run share.
 *
 * INVARIANTS
 *   - weft__task(g)->worker is the worker that runs g, or that ran it last: whoever switches to g
 *     writes it, on that worker's thread.
 *   - thread->self is the goroutine that runs, or the stand-in while the worker is on its thread's
 *     own stack.
 *   - A switch has two halves. The side that leaves notes what is to be settled (from, departed,
 *     commit, dead); the side that arrives, on the same worker, settles it before anything else:
 *     then the departed goroutine's context is saved and its stack is left.
 *   - A worker that is in idle's list has an empty deque: only it puts anything there.
 *   - Only backend.c reads thread-local storage (and errno's two helpers). Everything else gets its
 *     worker from its caller or, behind a switch, from the goroutine: compilers keep the address of
 *     a thread-local variable across calls, and a goroutine may wake up on another thread. */
#ifndef WEFT_SCHED_WORKER_H
#define WEFT_SCHED_WORKER_H

#include <pthread.h>

#include "core/g.h"
#include "deque.h"
#include "random.h"

/* Operations until a goroutine must let others run. */
enum { WEFT__FUEL = 100 };

typedef struct weft__worker weft__worker;

/* What is thread-local. */
typedef struct weft__thread {
    weft__g *self;        /* NULL: not used yet */
    weft__worker *worker; /* NULL: no part of a run */
    weft__random random;
    weft__g stand_in; /* weft__self outside of goroutines: id 0, does not park */
} weft__thread;

/* The goroutines that a worker has started and that are alive, for the end and for reports. */
typedef struct weft__registry {
    weft__lock lock;
    weft__g *newest;
} weft__registry;

struct weft__worker {
    weft__deque deque;
    _Alignas(64) weft__fiber fiber; /* of its thread's own stack */
    weft__thread *thread;
    uint32_t index;
    uint32_t tick; /* schedules so far; others read it to see whether a goroutine runs on and on */
    int32_t slice; /* fuel that the next slot's goroutine inherits */
    bool retime;   /* the first deadline may have moved while nobody sleeps until it */
    uint64_t id_next; /* ids not given out yet: [id_next, id_end) */
    uint64_t id_end;

    weft__fiber *from; /* the switch in flight */
    weft__g *departed;
    weft__commit_fn *commit;
    void *commit_arg;
    weft__g *dead;

    bool searching; /* idle.c from here on */
    bool idle;
    uint32_t wake;
    weft__worker *idle_next;

    weft__registry registry;
    pthread_t pthread;
};

/* The run. */
typedef struct weft__sched {
    weft__worker *workers;
    uint32_t worker_count;
    uint32_t goroutine_limit;
    weft__g *main;
    uint32_t stopping;           /* atomic: leave at the next schedule point */
    _Alignas(64) uint32_t alive; /* atomic: goroutines */
    uint32_t failed;             /* atomic: calls of weft__fail_run */
} weft__sched;
extern weft__sched weft__sched_state;

/* weft__g.backend seen as ours. */
typedef struct __attribute__((may_alias)) weft__task {
    weft__worker *worker;
    weft__registry *registry; /* where it is listed */
    weft__g *newer;
    weft__g *older;
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

/* backend.c: make the calling thread w's. */
void weft__thread_enter(weft__worker *w);
void weft__thread_leave(void);

/* The seam, once the worker is known. */
void weft__worker_park(weft__g *self, weft__commit_fn *commit, void *arg, weft__why why);
void weft__worker_ready(weft__worker *w, weft__g *g, weft__hint hint);
void weft__worker_fuel_out(weft__g *self);
void weft__worker_arrive(weft__g *self);

/* Switch away from self for good. With `dead` its memory is given back. */
_Noreturn void weft__worker_leave(weft__g *self, bool dead);

/* Run goroutines on the calling thread, which is w's, until the run stops. */
void weft__worker_loop(weft__worker *w);

/* Make all workers leave at their next schedule point. */
void weft__worker_stop_all(void);

/* Whether some deque or the global queue holds a goroutine that a searcher would find. */
bool weft__worker_sees_work(void);

#endif
