/* retake.c: see retake.h. */
#include "retake.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fatal.h"
#include "futex.h"
#include "idle.h"
#include "registry.h"
#include "stats.h"
#include "timeline.h"
#include "timing.h"

#define GRACE_NS (100 * WEFT_MILLISECOND) /* for threads that have not noticed the end */

bool weft__retake_fences = true;

static struct {
    weft__lock lock;
    weft__thread *threads; /* all that live */
    weft__thread *spares;
    uint32_t live;     /* futex of the end: threads that live or are being made */
    uint32_t at_large; /* atomic; written under the lock */
    uint32_t guests;   /* see weft__retake_enter */
    uint32_t serving;  /* workers that have not retired */
    uint32_t limit;
    bool told_limit;
    bool some_resigned;
    bool some_abandoned; /* ever: it goes on until it looks, and may use the core's locks */
    pthread_t resigned;  /* the last that did */
} pool;

uint32_t weft__retake_at_large(void)
{
    return weft__load_acquire(&pool.at_large);
}

/* Whether a thread with a worker is the only one that runs the core's code, and can be told that it
 * no longer is. The lock is held. */
static void set_alone(void)
{
    const bool alone = weft__worker_count() == 1 && pool.at_large == 0 && pool.guests == 0 &&
                       !pool.some_abandoned && !weft__retake_fences;
    weft__store_release(&weft__bias_state.alone, alone ? 1 : 0);
}

static void add_at_large(uint32_t count)
{
    weft__store_release(&pool.at_large, pool.at_large + count);
    set_alone();
}

void weft__retake_count(weft_stats *ret)
{
    weft__lock_acquire(&pool.lock);
    ret->threads = pool.live;
    ret->threads_at_large = pool.at_large;
    for (const weft__thread *t = pool.spares; t != NULL; t = t->next_spare) {
        ret->threads_spare++;
    }
    weft__lock_release(&pool.lock);
}

/* ---- the life of a thread ---- */

static void attach(weft__worker *w, weft__thread *t)
{
    t->worker = w;
    w->thread = t;
}

/* t runs on without its worker. The lock is held. */
static void detach(weft__worker *w, weft__thread *t)
{
    t->worker = NULL;
    w->thread = NULL;
    add_at_large(1);
}

/* false: the run is stopping. */
static bool wait_for_worker(weft__thread *t)
{
    weft__lock_acquire(&pool.lock);
    add_at_large((uint32_t)-1);
    const bool stopping = weft__stopping();
    if (!stopping) {
        weft__store_relaxed(&t->wake, 0);
        t->next_spare = pool.spares;
        pool.spares = t;
    }
    weft__lock_release(&pool.lock);
    weft__fence_seq_cst(); /* the last worker to sleep stores, fences and looks too */
    weft__idle_check_deadlock();
    while (!stopping && weft__load_acquire(&t->wake) == 0) {
        weft__futex_wait(&t->wake, 0, WEFT_NEVER);
    }
    return t->worker != NULL;
}

static void enlist(weft__worker *w, weft__thread *t)
{
    t->pthread = pthread_self();
    weft__lock_acquire(&pool.lock);
    attach(w, t);
    t->next = pool.threads;
    pool.threads = t;
    weft__lock_release(&pool.lock);
}

/* The last thing that a thread does with what the run shares. It joins the one that resigned before
 * it, and so on: weft__retake_finish joins the last. */
static void resign(const weft__thread *t)
{
    weft__lock_acquire(&pool.lock);
    weft__thread **link = &pool.threads;
    while (*link != t) {
        link = &(*link)->next;
    }
    *link = t->next;
    const bool first = !pool.some_resigned;
    const pthread_t previous = pool.resigned;
    pool.some_resigned = true;
    pool.resigned = t->pthread;
    weft__store_release(&pool.live, pool.live - 1);
    weft__lock_release(&pool.lock);
    weft__futex_wake(&pool.live);
    if (!first) {
        (void)pthread_join(previous, NULL);
    }
}

static void *thread_main(void *worker)
{
    weft__thread *const t = weft__thread_enter();
    enlist(worker, t);
    do {
        weft__worker_loop(t);
    } while (!weft__stopping() && wait_for_worker(t));
    resign(t);
    weft__thread_leave();
    return NULL;
}

/* A new thread for w. The lock is held. Returns an errno value. */
static int start_thread(weft__worker *w)
{
    if (pool.live >= pool.limit) {
        return EAGAIN;
    }
    pthread_t thread;
    const int error = pthread_create(&thread, NULL, thread_main, w);
    pool.live += error == 0 ? 1 : 0;
    return error;
}

/* There is a spare thread, and it gets w. The lock is held. */
static void call_spare(weft__worker *w)
{
    weft__thread *const spare = pool.spares;
    pool.spares = spare->next_spare;
    attach(w, spare);
    weft__store_release(&spare->wake, 1);
    weft__futex_wake(&spare->wake);
}

/* ---- giving a worker to another thread ---- */

static void tell_limit(int error)
{
    if (pool.told_limit) {
        return;
    }
    pool.told_limit = true;
    if (pool.live >= pool.limit) {
        weft__complain("all %u threads are busy or blocked (WEFT_THREADS): goroutines wait",
                       pool.limit);
    } else {
        weft__complain("no thread beside the %u that are busy or blocked: %s", pool.live,
                       strerror(error));
    }
}

/* t gives w up, to a spare thread or a new one. The lock is held. false: there is none, and t keeps
 * it. t is at large before anybody else has w: who then finds nothing to do must see that t's
 * goroutine still runs. */
static bool pass_on(weft__worker *w, weft__thread *t)
{
    detach(w, t);
    if (pool.spares == NULL) {
        const int error = start_thread(w);
        if (error != 0) {
            attach(w, t);
            add_at_large((uint32_t)-1);
            tell_limit(error);
            return false;
        }
        weft__timeline_passed_on(w, t); /* the new thread waits for the lock */
    } else {
        weft__timeline_passed_on(w, t);
        call_spare(w);
    }
    weft__stats_passed_on(t);
    return true;
}

void weft__thread_look(weft__thread *t)
{
    weft__lock_acquire(&pool.lock);
    const bool abandoned = t->abandoned;
    weft__store_relaxed(&t->taken, 0);
    weft__lock_release(&pool.lock);
    if (abandoned) {
        for (;;) {
            (void)pause();
        }
    }
}

static void barrier(void)
{
    if (weft__retake_fences) {
        weft__fence_seq_cst();
    } else {
        (void)syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
    }
}

/* Make `alone` false, before a barrier; and behind it, whether everybody knows. Under the lock. */
static void begin_sharing(void)
{
    weft__store_relaxed(&weft__bias_state.alone, 0);
}

static bool is_shared(void)
{
    return weft__load_acquire(&weft__bias_state.taking) == 0;
}

/* Whether t does not hold, and looks before it does again. The lock is held. */
static bool stop_at_hold(weft__thread *t)
{
    begin_sharing();
    weft__store_release(&t->taken, 1);
    barrier();
    if (weft__load_acquire(&t->holds) == 0 && is_shared()) {
        return true;
    }
    weft__store_relaxed(&t->taken, 0);
    set_alone();
    return false;
}

bool weft__retake_enter(void)
{
    weft__lock_acquire(&pool.lock);
    begin_sharing();
    barrier();
    const bool entered = is_shared();
    pool.guests += entered ? 1 : 0;
    set_alone();
    weft__lock_release(&pool.lock);
    return entered;
}

void weft__retake_leave(void)
{
    weft__lock_acquire(&pool.lock);
    pool.guests--;
    set_alone();
    weft__lock_release(&pool.lock);
}

/* The same for a worker's thread, if it has one. */
static bool stop_thread_of(const weft__worker *w)
{
    weft__thread *const t = w->thread;
    return t != NULL && !weft__stopping() && weft__load_acquire(&t->holds) == 0 && stop_at_hold(t);
}

bool weft__retake_take(weft__worker *w)
{
    weft__lock_acquire(&pool.lock);
    const bool taken = stop_thread_of(w) && pass_on(w, w->thread);
    weft__lock_release(&pool.lock);
    return taken;
}

void weft__retake_give_up(weft__thread *t)
{
    weft__lock_acquire(&pool.lock);
    (void)pass_on(t->worker, t);
    weft__lock_release(&pool.lock);
}

/* ---- workers come and go ---- */

/* These three under the lock. */

static void set_worker_count(uint32_t count)
{
    weft__sched *const sched = &weft__sched_state;
    weft__store_relaxed(&sched->worker_goal, count);
    weft__store_relaxed(&sched->worker_count, count);
    if (count > sched->workers_made) {
        weft__store_release(&sched->workers_made, count);
    }
    set_alone();
}

/* A thread for w, which is new or had retired. Returns an errno value. */
static int enter_service(weft__worker *w)
{
    int error = 0;
    weft__store_relaxed(&w->tick, w->tick + 1); /* the monitor: it has come round */
    if (pool.spares == NULL) {
        error = start_thread(w);
    } else {
        call_spare(w);
    }
    pool.serving += error == 0 ? 1 : 0;
    return error;
}

/* w's thread is the caller or is stopped. */
static void retire(weft__worker *w)
{
    weft__thread *const t = w->thread;
    weft__timeline_passed_on(w, t);
    detach(w, t);
    weft__worker_clear(w);
    pool.serving--;
}

int weft__retake_grow(uint32_t count)
{
    int error = 0;
    const uint32_t before = weft__worker_count();
    weft__lock_acquire(&pool.lock);
    set_worker_count(count);
    weft__lock_release(&pool.lock);
    for (uint32_t i = before; i < count && error == 0; i++) {
        weft__lock_acquire(&pool.lock); /* for each: the new threads want it too */
        error = enter_service(&weft__sched_state.workers[i]);
        weft__lock_release(&pool.lock);
    }
    return error == 0 ? 0 : -EAGAIN;
}

bool weft__retake_trim(uint32_t count)
{
    weft__lock_acquire(&pool.lock);
    weft__store_relaxed(&weft__sched_state.worker_goal, count);
    for (uint32_t i = count; i < weft__worker_count(); i++) {
        weft__worker *const w = &weft__sched_state.workers[i];
        if (stop_thread_of(w)) {
            retire(w);
        }
    }
    const bool trimmed = pool.serving == count;
    if (trimmed) {
        set_worker_count(count);
    }
    weft__lock_release(&pool.lock);
    weft__idle_notify();
    weft__idle_wake_surplus();
    return trimmed;
}

void weft__retake_retire(weft__thread *t)
{
    weft__lock_acquire(&pool.lock);
    retire(t->worker);
    weft__lock_release(&pool.lock);
    weft__idle_notify();
}

/* ---- beginning and end ---- */

static void reset(const weft__settings *settings)
{
    pool.threads = NULL;
    pool.spares = NULL;
    pool.live = 0;
    pool.at_large = 0;
    pool.limit = settings->threads;
    pool.told_limit = false;
    pool.some_resigned = false;
    pool.guests = 0;
    pool.serving = settings->workers;
    weft__retake_fences =
        syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) != 0;
    set_alone();
}

int weft__retake_start(const weft__settings *settings)
{
    weft__lock_acquire(&pool.lock);
    reset(settings);
    int error = 0;
    for (uint32_t i = 0; i < settings->workers && error == 0; i++) {
        error = start_thread(&weft__sched_state.workers[i]);
        if (error != 0) {
            weft__complain("no thread for worker %u of %u: %s", i + 1, settings->workers,
                           strerror(error));
        }
    }
    weft__lock_release(&pool.lock);
    return error == 0 ? 0 : -EAGAIN;
}

static void wake_spares(void)
{
    weft__lock_acquire(&pool.lock);
    while (pool.spares != NULL) {
        weft__thread *const t = pool.spares;
        pool.spares = t->next_spare;
        weft__store_release(&t->wake, 1);
        weft__futex_wake(&t->wake);
    }
    weft__lock_release(&pool.lock);
}

/* Those that still run in their goroutine. Their memory stays, and what it refers to may not. */
static void abandon(void)
{
    weft__lock_acquire(&pool.lock);
    weft__thread **link = &pool.threads;
    while (*link != NULL) {
        weft__thread *const t = *link;
        if (!stop_at_hold(t)) {
            link = &t->next;
            continue;
        }
        t->abandoned = true;
        pool.some_abandoned = true;
        (void)pthread_detach(t->pthread);
        weft__registry_remove(t->self);
        *link = t->next;
        weft__store_release(&pool.live, pool.live - 1);
    }
    weft__lock_release(&pool.lock);
}

void weft__retake_finish(void)
{
    const int64_t grace_end_ns = weft__timing_now_ns() + GRACE_NS;
    uint32_t live = 0;
    wake_spares();
    while ((live = weft__load_acquire(&pool.live)) != 0) {
        weft__futex_wait(&pool.live, live, weft__timing_now_ns() + GRACE_NS / 10);
        if (weft__timing_now_ns() >= grace_end_ns) {
            abandon();
        }
    }
    if (pool.some_resigned) {
        (void)pthread_join(pool.resigned, NULL);
    }
    begin_sharing();
}
