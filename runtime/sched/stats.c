/* stats.c: see stats.h. */
#include "stats.h"

#include <string.h>

#include "idle.h"
#include "retake.h"
#include "run.h"
#include "timing.h"

enum { INTERVAL_MAX = 1024 };

/* Samples that are closer make the interval grow, those that are farther make it shrink. */
#define CLOSE_NS (20 * WEFT_MICROSECOND)
#define FAR_NS (200 * WEFT_MICROSECOND)

/* What no worker counts. */
static struct {
    weft__lock lock;
    bool running;
    weft_stats last; /* what the last run came to, or was read last */

    struct {
        _Alignas(64) uint64_t started; /* these three: without a worker */
        uint64_t parked;
        uint64_t yielded;
        uint64_t fired;   /* under the lock of timing.c */
        uint64_t woken;   /* idle.c */
        uint64_t retakes; /* these two: retake.c */
        uint64_t handoffs;
    } seen;
} stats;

/* ---- counting ---- */

void weft__stats_sample(weft__thread *t, weft__g *g)
{
    weft__counts *const counts = &t->worker->counts;
    weft__task *const task = weft__task_of(g);
    const int64_t now_ns = weft__timing_now_ns();
    const int64_t since_ns = now_ns - counts->sampled_ns;
    const uint32_t interval = counts->interval == 0 ? 1 : counts->interval;
    g->mark = true;
    task->ready_ns = now_ns;
    task->ready_weight = interval;
    counts->sampled_ns = now_ns;
    counts->interval = interval;
    if (since_ns < CLOSE_NS && interval < INTERVAL_MAX) {
        counts->interval = 2 * interval;
    } else if (since_ns > FAR_NS && interval > 1) {
        counts->interval = interval / 2;
    }
    counts->until_sample = weft__random_below(&t->random, 2 * counts->interval - 1);
}

static unsigned bucket_of(int64_t ns)
{
    const unsigned bits = ns <= 1 ? 0 : 63 - (unsigned)__builtin_clzll((unsigned long long)ns);
    return bits < WEFT_STATS_BUCKETS ? bits : WEFT_STATS_BUCKETS - 1;
}

void weft__stats_sampled(weft__worker *w, weft__g *g)
{
    const weft__task *const task = weft__task_of(g);
    const unsigned bucket = bucket_of(weft__timing_now_ns() - task->ready_ns);
    weft__add_count_relaxed(&w->counts.latency[bucket], task->ready_weight);
    g->mark = false;
}

void weft__stats_fired(void)
{
    weft__add_count_relaxed(&stats.seen.fired, 1);
}

void weft__stats_woken(void)
{
    weft__add_count_relaxed(&stats.seen.woken, 1);
}

/* `taken`: somebody else took it. */
void weft__stats_passed_on(const weft__thread *from)
{
    const bool taken = weft__load_relaxed(&from->taken) != 0;
    weft__add_count_relaxed(taken ? &stats.seen.retakes : &stats.seen.handoffs, 1);
}

void weft__stats_started(weft__worker *w)
{
    if (w != NULL) {
        weft__add_count_relaxed(&w->counts.started, 1);
    } else {
        (void)weft__fetch_add64_relaxed(&stats.seen.started, 1);
    }
}

/* One that was preempted then has been counted when it lost its worker. */
void weft__stats_left_alone(weft__why why)
{
    if (why != WEFT__WHY_PREEMPTED) {
        (void)weft__fetch_add64_relaxed(
            why == WEFT__WHY_YIELD ? &stats.seen.yielded : &stats.seen.parked, 1);
    }
}

/* ---- reading ---- */

static void add_counts(const weft__counts *counts, weft_stats *ret)
{
    for (unsigned why = 0; why < WEFT__WHY_COUNT; why++) {
        uint64_t *const sum = why == WEFT__WHY_YIELD       ? &ret->yields
                              : why == WEFT__WHY_PREEMPTED ? &ret->preemptions
                                                           : &ret->parks;
        *sum += weft__load_count_relaxed(&counts->left[why]);
    }
    ret->goroutines_started += weft__load_count_relaxed(&counts->started);
    ret->steals += weft__load_count_relaxed(&counts->steals);
    ret->stolen += weft__load_count_relaxed(&counts->stolen);
    ret->global_takes += weft__load_count_relaxed(&counts->global_takes);
    ret->global_taken += weft__load_count_relaxed(&counts->global_taken);
    ret->sleeps += weft__load_count_relaxed(&counts->sleeps);
    for (unsigned i = 0; i < WEFT_STATS_BUCKETS; i++) {
        ret->latency[i] += weft__load_count_relaxed(&counts->latency[i]);
    }
}

static void add_cached(const weft__stack_cache *cache, weft_stats *ret)
{
    for (unsigned class = 0; class < WEFT__CACHED_CLASSES; class ++) {
        const uint32_t count = weft__load_relaxed(&cache->of[class].count);
        ret->stacks_cached += count;
        ret->stack_bytes_cached += count * weft__stack_size(class);
    }
}

/* Stacks that move between pool and caches meanwhile are counted twice or not at all. */
static void collect_stacks(const weft__sched *sched, weft_stats *ret)
{
    const weft__stack_sizes sizes = weft__stacks_measure();
    ret->stack_bytes_mapped = sizes.mapped;
    ret->stack_bytes_cached = sizes.free;
    ret->stacks_cached = sizes.free_count;
    const uint32_t workers = weft__workers_made();
    for (uint32_t i = 0; i < workers; i++) {
        add_cached(&sched->workers[i].stacks, ret);
    }
    ret->stack_bytes_used =
        sizes.total > ret->stack_bytes_cached ? sizes.total - ret->stack_bytes_cached : 0;
}

static void collect(weft_stats *ret)
{
    const weft__sched *const sched = &weft__sched_state;
    memset(ret, 0, sizeof *ret);
    ret->goroutines_started = weft__load_count_relaxed(&stats.seen.started);
    ret->parks = weft__load_count_relaxed(&stats.seen.parked);
    ret->yields = weft__load_count_relaxed(&stats.seen.yielded);
    ret->timers_fired = weft__load_count_relaxed(&stats.seen.fired);
    ret->wakes = weft__load_count_relaxed(&stats.seen.woken);
    ret->retakes = weft__load_count_relaxed(&stats.seen.retakes);
    ret->handoffs = weft__load_count_relaxed(&stats.seen.handoffs);
    const uint32_t workers = weft__workers_made();
    for (uint32_t i = 0; i < workers; i++) {
        add_counts(&sched->workers[i].counts, ret);
    }
    ret->goroutines = weft__run_alive();
    ret->goroutines_runnable = weft__worker_runnable();
    ret->workers = weft__worker_count();
    ret->workers_idle = weft__idle_count();
    weft__retake_count(ret);
    collect_stacks(sched, ret);
}

void weft_stats_read(weft_stats *ret)
{
    weft__lock_acquire(&stats.lock);
    if (stats.running) {
        collect(&stats.last);
    }
    *ret = stats.last;
    weft__lock_release(&stats.lock);
}

/* ---- beginning and end of a run ---- */

void weft__stats_enter(void)
{
    weft__lock_acquire(&stats.lock);
    memset(&stats.seen, 0, sizeof stats.seen);
    stats.running = true;
    weft__lock_release(&stats.lock);
}

void weft__stats_leave(void)
{
    weft__lock_acquire(&stats.lock);
    collect(&stats.last);
    stats.running = false;
    weft__lock_release(&stats.lock);
}
