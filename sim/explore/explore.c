/* explore.c: the loop over runs, and the public entry points. See explorer.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../detect/crash.h"
#include "../memory.h"
#include "../report/console.h"
#include "../report/report.h"
#include "../schedule/store.h"
#include "../strategy/profile.h"
#include "explorer.h"
#include "properties.h"

enum { RECHECK_EVERY = 64, CLOCK_EVERY = 64, TAIL_SHARE = 10, EXHAUSTIVE_STEPS = 1000 };

int64_t weft__real_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * WEFT_SECOND + now.tv_nsec;
}

/* ---- Distinct traces ---- */

static bool insert_seen(uint64_t *table, size_t capacity, uint64_t hash)
{
    size_t i = hash & (capacity - 1);
    while (table[i] != 0) {
        if (table[i] == hash) {
            return false;
        }
        i = (i + 1) & (capacity - 1);
    }
    table[i] = hash;
    return true;
}

static void grow_seen(weft__explorer *e)
{
    const size_t capacity = e->seen_capacity == 0 ? 4096 : e->seen_capacity * 2;
    uint64_t *const table = weft__grow(NULL, capacity * sizeof *table);
    memset(table, 0, capacity * sizeof *table);
    for (size_t i = 0; i < e->seen_capacity; i++) {
        if (e->seen[i] != 0) {
            (void)insert_seen(table, capacity, e->seen[i]);
        }
    }
    free(e->seen);
    e->seen = table;
    e->seen_capacity = capacity;
}

static void count_run(weft__explorer *e)
{
    weft_result *const result = e->result;
    const weft__run *const run = &weft__the_run;
    const weft__hash128 hash = weft__trace_hash(&run->trace);
    result->runs++;
    result->steps += run->steps;
    result->bound_hits += run->outcome.hit_tail ? 1 : 0;
    result->trace_hash[0] = weft__mix(result->trace_hash[0], hash.high);
    result->trace_hash[1] = weft__mix(result->trace_hash[1], hash.low);
    if (2 * result->distinct >= e->seen_capacity) {
        grow_seen(e);
    }
    result->distinct += insert_seen(e->seen, e->seen_capacity, hash.low | 1) ? 1 : 0;
}

/* ---- The loop ---- */

/* Execute the last run again and compare: a share of the passing runs, to catch what does not
 * repeat. false: it did something else. */
static bool repeats(const weft__explorer *e)
{
    const weft__hash128 before = weft__trace_hash(&weft__the_run.trace);
    (void)weft__run_execute(&e->plan);
    const weft__hash128 after = weft__trace_hash(&weft__the_run.trace);
    return before.high == after.high && before.low == after.low;
}

static void report_nondeterminism(weft__explorer *e)
{
    weft__outcome *const outcome = &weft__the_run.outcome;
    outcome->kind = WEFT_FOUND_NONDETERMINISM;
    (void)snprintf(
        outcome->message, sizeof outcome->message,
        "run %llu did not do the same when it was repeated: something that the simulator "
        "does not control, like a real clock, a thread or an address, decides",
        (unsigned long long)e->plan.run);
    (void)weft__finding_add(e);
}

static bool finished(const weft__explorer *e)
{
    const weft_result *const result = e->result;
    if (result->finding_count != 0 || result->runs >= e->settings.schedules) {
        return true;
    }
    return e->settings.time_ns != WEFT_NEVER && result->runs % CLOCK_EVERY == 1 &&
           weft__real_now() - e->start_ns >= e->settings.time_ns;
}

static void explore_all(weft__explorer *e)
{
    for (uint64_t i = 0; !finished(e); i++) {
        e->plan.run = i;
        if (!weft__run_execute(&e->plan)) {
            break; /* the space is exhausted */
        }
        count_run(e);
        if (weft__the_run.outcome.kind != WEFT_FOUND_NOTHING) {
            weft__failure_examine(e);
        } else if (i % RECHECK_EVERY == 2 && !repeats(e)) {
            report_nondeterminism(e);
        }
        weft__report_progress(e);
    }
}

static void check_properties(weft__explorer *e)
{
    const weft__property *const missed = weft__properties_missed();
    if (missed == NULL || e->result->finding_count != 0) {
        return;
    }
    weft__outcome *const outcome = &weft__the_run.outcome;
    *outcome = (weft__outcome){.kind = WEFT_FOUND_NEVER_REACHED, .culprit = UINT32_MAX};
    (void)snprintf(outcome->message, sizeof outcome->message,
                   "%s:%d: WEFT_SOMETIMES \"%s\" was evaluated %llu times and never held",
                   missed->file, missed->line, missed->name, (unsigned long long)missed->evaluated);
    (void)weft__finding_add(e);
}

void weft__explore(weft__explorer *explorer)
{
    weft__properties_reset();
    weft__profile_reset();
    explore_all(explorer);
    check_properties(explorer);
}

/* ---- The entry points ---- */

static int prepare(weft__explorer *e, const weft_options *options, weft_fn *main_fn, void *arg,
                   weft_result *result)
{
    static const weft_options none;
    *e = (weft__explorer){.result = result};
    *result = (weft_result){0};
    if (weft__the_run.active) {
        weft__console_error("weft_run within weft_run: a goroutine cannot start another run");
        return -EINVAL;
    }
    const int error = weft__settings_read(options == NULL ? &none : options, &e->settings);
    if (error != 0) {
        return error;
    }
    static uint64_t exploration_count WEFT_KEEP;
    e->plan = (weft__plan){
        .exploration = ++exploration_count,
        .main_fn = main_fn,
        .arg = arg,
        .strategy = weft__strategy_find(e->settings.strategy),
        .seed = e->settings.seed,
        .max_steps = e->settings.max_steps,
        .tail_steps = e->settings.max_steps / TAIL_SHARE,
        .elastic = e->settings.elastic,
    };
    if (e->plan.strategy->exhaustive && e->plan.tail_steps > EXHAUSTIVE_STEPS) {
        e->plan.tail_steps = EXHAUSTIVE_STEPS;
    }
    weft__the_run.goroutine_limit = e->settings.goroutine_limit;
    weft__g_default_stack(e->settings.stack_size);
    e->start_ns = weft__real_now();
    return 0;
}

/* 0: go on to the report; 1: nothing to report; negative: an error. */
static int execute(weft__explorer *e, const void *frame)
{
    int status = 0;
    weft__memory_remember(e->settings.keep_globals, frame);
    weft__clock_remember();
    weft__crash_watch();
    if (e->settings.replay != NULL) {
        status = weft__reproduce(e);
    } else {
        weft__console_mute();
        weft__explore(e);
        weft__console_unmute();
    }
    weft__crash_unwatch();
    weft__clock_forget();
    weft__memory_forget();
    e->result->time_ns = weft__real_now() - e->start_ns;
    return status;
}

static void clear(weft__explorer *e)
{
    weft__schedule_clear(&e->schedule);
    free(e->forced_at);
    free(e->seen);
}

/* `frame` is the public function's: what lies above it belongs to its callers, and is put back
 * before each run. So *ret_result, which may lie there, is written at the very end. */
static int run(const weft_options *options, weft_fn *main_fn, void *arg, bool loud,
               const void *frame, weft_result *ret_result)
{
    weft__explorer e;
    weft_result result;
    int status = prepare(&e, options, main_fn, arg, &result);
    if (status == 0) {
        status = execute(&e, frame);
    }
    if (status == 0 && loud) {
        weft__report(&e);
    }
    clear(&e);
    *ret_result = result;
    return status < 0 ? status : (int)result.finding_count;
}

int weft_explore(const weft_options *options, weft_fn *main_fn, void *arg, weft_result *ret_result)
{
    return run(options, main_fn, arg, false, __builtin_frame_address(0), ret_result);
}

int weft_run_with(const weft_options *options, weft_fn *main_fn, void *arg)
{
    weft_result result;
    const int status = run(options, main_fn, arg, true, __builtin_frame_address(0), &result);
    weft_result_clear(&result);
    return status;
}

int(weft_run)(weft_fn *main_fn, void *arg)
{
    return weft_run_with(NULL, main_fn, arg);
}

void weft_result_clear(weft_result *result)
{
    for (size_t i = 0; i < result->finding_count; i++) {
        free(result->findings[i].token);
        free(result->findings[i].file);
        free(result->findings[i].goroutines);
    }
    free(result->findings);
    *result = (weft_result){0};
}
