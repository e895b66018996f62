/* run.c: a run from beginning to end. See run.h.
 *
 * The thread that calls weft_run runs no goroutine: it watches the others (retake.h), which are
 * made for the run and end with it. One run at a time: what the runs share (queues, timers, idle
 * workers) is global. */
#include "run.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fail.h"
#include "core/system.h"
#include "dump_signal.h"
#include "fatal.h"
#include "idle.h"
#include "inject.h"
#include "monitor.h"
#include "options.h"
#include "overflow.h"
#include "registry.h"
#include "reporter.h"
#include "resize.h"
#include "retake.h"
#include "slots.h"
#include "stats.h"
#include "timeline.h"
#include "timing.h"

enum { ID_BLOCK = 64 };

/* The first failed check, written by whoever counts `failed` from 0 to 1. */
static char fail_message[1024];

/* ---- goroutines ---- */

static uint64_t new_ids(void)
{
    static uint64_t next_block = 1;
    return weft__fetch_add64_relaxed(&next_block, ID_BLOCK);
}

static uint64_t new_id(weft__worker *w)
{
    if (w == NULL) {
        return new_ids(); /* the others of the block are not used */
    }
    if (w->id_next == w->id_end) {
        w->id_next = new_ids();
        w->id_end = w->id_next + ID_BLOCK;
    }
    return w->id_next++;
}

/* ---- the limit: places are taken and given back in batches where there are many ---- */

/* Up to `count` places of those that are left. */
static bool take_places(uint32_t count)
{
    weft__sched *const sched = &weft__sched_state;
    if (weft__add_acq_rel(&sched->alive, count) <= sched->goroutine_limit) {
        return true;
    }
    (void)weft__sub_acq_rel(&sched->alive, count);
    return false;
}

static uint32_t place_batch(void)
{
    return weft__load_relaxed(&weft__sched_state.place_batch);
}

static bool take_place(weft__worker *w)
{
    if (w == NULL || w->places == 0) {
        const uint32_t batch = w == NULL ? 0 : place_batch();
        if (batch == 0 || !take_places(batch)) {
            return take_places(1);
        }
        weft__store_relaxed(&w->places, batch);
    }
    weft__store_relaxed(&w->places, w->places - 1);
    return true;
}

static void put_place(weft__worker *w)
{
    const uint32_t batch = place_batch();
    if (w == NULL || batch == 0) {
        (void)weft__sub_acq_rel(&weft__sched_state.alive, 1);
        return;
    }
    weft__store_relaxed(&w->places, w->places + 1);
    if (w->places >= 2 * batch) {
        (void)weft__sub_acq_rel(&weft__sched_state.alive, batch);
        weft__store_relaxed(&w->places, w->places - batch);
    }
}

void weft__run_clear_places(weft__worker *w)
{
    const uint32_t places = w->places;
    weft__store_relaxed(&w->places, 0); /* first: for a moment there are too many rather than -1 */
    (void)weft__sub_acq_rel(&weft__sched_state.alive, places);
}

/* Workers may have places that others lack: three in a hundred of all at most. */
void weft__run_resize(uint32_t workers)
{
    enum { LARGEST = 64 };
    const uint32_t batch = weft__sched_state.goroutine_limit / workers / LARGEST;
    weft__store_relaxed(&weft__sched_state.place_batch, batch < LARGEST ? batch : LARGEST);
}

uint32_t weft__run_alive(void)
{
    uint32_t alive = weft__load_relaxed(&weft__sched_state.alive);
    const uint32_t workers = weft__workers_made();
    for (uint32_t i = 0; i < workers; i++) {
        alive -= weft__load_relaxed(&weft__sched_state.workers[i].places);
    }
    return alive;
}

int weft__run_spawn(weft__thread *t, weft__g *g, weft__hint hint)
{
    weft__worker *const w = t->worker;
    if (!take_place(w)) {
        return -EAGAIN;
    }
    g->id = new_id(w);
    weft__stats_started(w);
    weft__registry_add(w == NULL ? &weft__sched_state.workers[0].registry : &w->registry, g);
    weft__worker_ready(t, g, hint);
    return 0;
}

_Noreturn void weft__run_exit(weft__g *self)
{
    if (self == weft__sched_state.main) {
        weft__worker_stop_all();
    }
    weft__registry_remove(self);
    put_place(weft__task_of(self)->thread->worker);
    weft__worker_leave(self, true);
}

/* ---- failed checks ---- */

_Noreturn void weft__fail_run(weft__g *self, const void *site, const char *file, int line,
                              const char *message)
{
    (void)site;
    if (weft__add_acq_rel(&weft__sched_state.failed, 1) == 1) {
        (void)snprintf(fail_message, sizeof fail_message, "%s:%d: %s", file, line, message);
    }
    weft__thread_hold(weft__task_of(self)->thread);
    weft__worker_stop_all();
    weft__worker_leave(self, false);
}

const char *weft__fail_message(void)
{
    return fail_message;
}

/* ---- a run ---- */

static int set_up(weft__sched *sched, const weft__settings *settings)
{
    weft__worker *const workers = weft__slots_map(WEFT_WORKERS_MAX, sizeof *workers);
    if (workers == NULL) {
        weft__complain("no memory for %u workers", settings->workers);
        return -ENOMEM;
    }
    *sched = (weft__sched){.workers = workers,
                           .worker_count = settings->workers,
                           .worker_goal = settings->workers,
                           .workers_made = settings->workers,
                           .goroutine_limit = settings->goroutine_limit};
    weft__run_resize(settings->workers);
    weft__resize_reset();
    fail_message[0] = '\0';
    weft__g_default_stack(settings->stack_size);
    weft__idle_reset();
    weft__inject_reset();
    weft__overflow_watch();
    weft__stats_enter();
    weft__timeline_enter(settings);
    return 0;
}

/* Goroutines that are still alive are dropped; before that the timers, of which some lie on their
 * stacks. */
static void tear_down(weft__sched *sched)
{
    weft__timeline_leave();
    weft__stats_leave();
    weft__overflow_unwatch();
    weft__timing_drop();
    weft__descriptors_drop();
    for (uint32_t i = 0; i < sched->workers_made; i++) {
        weft__registry_drop(&sched->workers[i].registry);
        weft__stack_cache_drop(&sched->workers[i].stacks);
    }
    weft__afters_free();
    weft__inject_reset();
    weft__slots_unmap(sched->workers, WEFT_WORKERS_MAX, sizeof *sched->workers);
    sched->workers = NULL;
    sched->main = NULL;
}

static int make_main(weft__sched *sched, weft__thread *t, weft_fn *main_fn, void *arg)
{
    static const weft_go_options options = {.name = "main"};
    sched->main = weft__g_make(t->self, &options, main_fn, arg);
    if (sched->main == NULL) {
        weft__complain("no memory for the stack of main");
        return -ENOMEM;
    }
    (void)weft__run_spawn(t, sched->main, WEFT__TAIL); /* the limit is >= 1 */
    return 0;
}

static int run_threads(weft__sched *sched, const weft__settings *settings, weft_fn *main_fn,
                       void *arg)
{
    weft__thread *const t = weft__thread_enter();
    int error = make_main(sched, t, main_fn, arg);
    if (error == 0) {
        weft__monitor_reset(settings->slice_us * WEFT_MICROSECOND);
        error = weft__retake_start(settings);
        if (error != 0) {
            weft__worker_stop_all();
        }
        weft__monitor_run();
        weft__retake_finish();
    }
    weft__thread_leave();
    return error;
}

static int run_exclusively(const weft_options *options, weft_fn *main_fn, void *arg)
{
    weft__sched *const sched = &weft__sched_state;
    weft__settings settings;
    int error = weft__settings_read(options, &settings);
    if (error == 0) {
        error = set_up(sched, &settings);
    }
    if (error != 0) {
        return error;
    }
    weft__reporter_enter();
    weft__dump_signal_enter(settings.dump_signal);
    error = run_threads(sched, &settings, main_fn, arg);
    weft__dump_signal_leave();
    weft__reporter_leave();
    if (settings.leaks) {
        weft__report_leaks();
    }
    const uint32_t failed = sched->failed;
    tear_down(sched);
    if (error != 0) {
        return error;
    }
    return failed > INT_MAX ? INT_MAX : (int)failed;
}

int weft__run_program(const weft_options *options, weft_fn *main_fn, void *arg)
{
    static weft__lock running;
    if (!weft__lock_try(&running)) {
        weft__complain("weft_run: another thread of this process is in weft_run");
        return -EINVAL;
    }
    const int result = run_exclusively(options, main_fn, arg);
    weft__lock_release(&running);
    return result;
}
