/* backend.c: the production backend: the symbols of the seam (core/backend.h), delegated; those by
 * which goroutines park and run are in worker.c.
 *
 * INVARIANTS
 *   - Thread-local storage is read here and nowhere else, by functions that are not inlined and do
 *     not switch between reading it and using what they read. */
#include "core/backend.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "core/fail.h"
#include "fatal.h"
#include "idle.h"
#include "overflow.h"
#include "retake.h"
#include "run.h"
#include "timing.h"

#define NOINLINE __attribute__((noinline))

/* Two backends in one program: the linker says so. */
int weft__backend_tag_ONE_BACKEND_ONLY_link_weft_runtime_or_weft_sim_not_both = 1;

/* ---- threads ---- */

static _Thread_local weft__thread here __attribute__((tls_model("initial-exec")));

static NOINLINE weft__g *first_use(void)
{
    here.stand_in.fuel = INT32_MAX;
    here.stand_in.name = "";
    here.self = &here.stand_in;
    weft__task_of(here.self)->thread = &here;
    if (getrandom(&here.random, sizeof here.random, GRND_NONBLOCK) < 0) {
        here.random.state = (uint64_t)weft__timing_now_ns() ^ (uintptr_t)&here;
    }
    return here.self;
}

NOINLINE weft__g *weft__self(void)
{
    __asm__ volatile("" ::: "memory"); /* not a pure function: its callers change threads */
    weft__g *const self = here.self;
    return self != NULL ? self : first_use();
}

weft__thread *weft__thread_enter(void)
{
    (void)weft__self();
    here.worker = NULL;
    here.errno_at = &errno;
    here.member = true;
    here.holds = 1;
    here.taken = 0;
    weft__fiber_adopt(&here.fiber);
    weft__overflow_enter(&here);
    return &here;
}

void weft__thread_leave(void)
{
    weft__overflow_leave(&here);
    here.member = false;
    here.self = &here.stand_in;
}

NOINLINE void weft__thread_fires(bool fires)
{
    __asm__ volatile("" ::: "memory");
    here.firing = fires;
}

NOINLINE weft__thread *weft__thread_hold_here(const char *what)
{
    __asm__ volatile("" ::: "memory");
    if (!here.member) {
        weft__die(weft__self(), WEFT__END_FATAL, NULL, what);
    }
    weft__thread_hold(&here);
    return &here;
}

bool weft__inside(void)
{
    return weft__self()->id != 0;
}

/* ---- parking, of which worker.c has the rest ---- */

static NOINLINE void return_to_worker(weft__g *self)
{
    if (weft__thread_hold_of(self)->worker == NULL) {
        weft__worker_return(self);
    }
    weft__thread_release_of(self);
}

/* Without work it keeps the worker; if some comes, or a timer is due, the monitor will see. */
void weft__blocking(weft__g *self, weft_fn *fn, void *arg)
{
    weft__thread *const t = weft__thread_hold_of(self);
    if (t->worker != NULL && weft__worker_has_work(t->worker)) {
        weft__retake_give_up(t);
    }
    const bool lost = t->worker == NULL;
    weft__thread_release(t);
    fn(arg);
    if (lost || weft__load_relaxed(&weft__task_of(self)->thread->taken) != 0) {
        return_to_worker(self);
    }
}

/* Short locks: the holder is running, unless the kernel has taken its core away. Then spinning
 * would keep it from coming back where there are more workers than cores. */
void weft__lock_wait(weft__lock *lock)
{
    enum { SPINS = 100, YIELDS = 120 };
    const struct timespec nap = {.tv_nsec = 20000};
    for (int i = 0;; i += i <= YIELDS) {
        if (weft__load_relaxed(&lock->held) == 0 && weft__lock_try(lock)) {
            return;
        }
        if (i < SPINS) {
            weft__pause();
        } else if (i < YIELDS) {
            (void)sched_yield();
        } else {
            (void)nanosleep(&nap, NULL);
        }
    }
}

/* ---- choices, time, memory ---- */

NOINLINE uint32_t weft__pick(weft__g *self, uint32_t count, weft__choice what)
{
    (void)self;
    (void)what;
    __asm__ volatile("" ::: "memory");
    return weft__random_below(&here.random, count);
}

int64_t weft__clock(void)
{
    return weft__timing_now_ns();
}

/* On its own stack the worker is about to look for work, and sees to the deadline there. */
void weft__timer_arm(weft__timer *timer)
{
    if (!weft__timing_arm(timer)) {
        return;
    }
    __asm__ volatile("" ::: "memory");
    if (here.self == &here.stand_in && here.worker != NULL) {
        here.worker->retime = true;
    } else {
        weft__idle_retime();
    }
}

bool weft__timer_cancel(weft__timer *timer)
{
    return weft__timing_cancel(timer);
}

void *weft__alloc(size_t size)
{
    return calloc(1, size);
}

void weft__free(void *memory, size_t size)
{
    (void)size;
    free(memory);
}

/* Outside of a run there is no worker, and nobody to hold against. */
bool weft__stack_take(weft__g *self, size_t size, weft__stack *ret_stack)
{
    weft__thread *const t = weft__thread_hold_of(self);
    const bool taken = t->worker == NULL
                           ? weft__stack_alloc(size, ret_stack)
                           : weft__stack_cache_take(&t->worker->stacks, size, ret_stack);
    weft__thread_release(t);
    return taken;
}

void weft__stack_put(weft__g *self, weft__stack stack)
{
    weft__thread *const t = weft__thread_hold_of(self);
    if (t->worker == NULL) {
        weft__stack_free(stack);
    } else {
        weft__stack_cache_put(&t->worker->stacks, stack);
    }
    weft__thread_release(t);
}

/* ---- life and death ---- */

int weft__spawn(weft__g *self, weft__g *g)
{
    weft__thread *const t = weft__thread_hold_of(self);
    if (!t->member) {
        weft__die(self, WEFT__END_FATAL, NULL, "a goroutine is started outside of weft_run");
    }
    const weft__hint hint = self->id == g->origin.parent_id ? WEFT__NEXT : WEFT__TAIL;
    const int error = weft__run_spawn(t, g, hint);
    weft__thread_release(t);
    return error;
}

_Noreturn void weft__exit(weft__g *self)
{
    (void)weft__thread_hold_of(self);
    weft__run_exit(self);
}

_Noreturn void weft__die(weft__g *self, weft__end end, const void *site, const char *message)
{
    weft__fatal_die(self, end, site, message);
}

_Noreturn void weft__g_enter(weft__g *g)
{
    weft__worker_arrive(g);
    weft__thread_release_of(g);
    weft__g_main(g);
}

/* ---- the public API's share ---- */

int weft_run_with(const weft_options *options, weft_fn *main_fn, void *arg)
{
    static const weft_options defaults;
    if (here.member) {
        weft__complain("weft_run: called from within weft_run");
        return -EINVAL;
    }
    return weft__run_program(options == NULL ? &defaults : options, main_fn, arg);
}

int(weft_run)(weft_fn *main_fn, void *arg)
{
    return weft_run_with(&(weft_options){.name = "main"}, main_fn, arg);
}

void weft__sometimes(bool holds, const char *property, const char *file, int line)
{
    (void)holds;
    (void)property;
    (void)file;
    (void)line;
}

void weft_progress(void)
{
}

void weft_state(uint64_t hash)
{
    (void)hash;
}
