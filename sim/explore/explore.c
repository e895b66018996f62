/* explore.c: the loop over runs, and the public entry points. See explorer.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../detect/crash.h"
#include "../detect/watchdog.h"
#include "../heap/heap.h"
#include "../memory.h"
#include "../predict/predict.h"
#include "../race/racy_lines.h"
#include "../race/race.h"
#include "../report/console.h"
#include "../report/report.h"
#include "../report/source.h"
#include "../schedule/coverage.h"
#include "../schedule/store.h"
#include "../strategy/feedback.h"
#include "../strategy/profile.h"
#include "divergence.h"
#include "explorer.h"
#include "proof.h"
#include "properties.h"
#include "workers.h"

enum { RECHECK_EVERY = 64, CLOCK_EVERY = 64, EXHAUSTIVE_STEPS = 1000 };
/* Run numbers: from here on several processes; where a proof is tried again. And the share of the
 * schedules that are sampled after one. */
enum { BEGINNING = 256, SECOND_LOOK = 2048, PROVED_SHARE = 4, PROVED_MOST = 2500 };

/* ---- The runs of one process ---- */

static uint64_t next_exploration(void)
{
    static uint64_t count WEFT_KEEP;
    return ++count;
}

/* Execute the last run again and compare: a share of the passing runs, to catch what does not
 * repeat. false: it did something else. */
static bool repeats(const weft__explorer *e)
{
    const weft__hash128 before = weft__trace_hash(&weft__the_run.trace);
    weft__properties_count(false);
    (void)weft__run_execute(&e->plan);
    const weft__hash128 after = weft__trace_hash(&weft__the_run.trace);
    return before.high == after.high && before.low == after.low;
}

/* What was explored so far does not count any more. */
static void start_over(weft__explorer *e)
{
    if (e->plan.strategy->exhaustive) {
        e->plan.exploration = next_exploration();
    }
    if (e->settings.jobs == 1 || e->next < BEGINNING) {
        weft__census_renew(e->census);
    }
}

/* With more schedule points it is another program. */
static void learn_points(weft__explorer *e)
{
    if (weft__points_take()) {
        start_over(e);
    }
}

/* Execute run i, and count it if it is ours. false: it was the last one. */
static bool take(weft__explorer *e, uint64_t i, bool ours)
{
    learn_points(e);
    e->next = i + 1;
    e->plan.run = i;
    e->census->seats[e->worker].run = i;
    weft__properties_count(ours);
    if (!weft__run_execute(&e->plan)) {
        return false; /* the space is exhausted */
    }
    if (ours) {
        weft__census_count(e->census);
    }
    if (weft__the_run.outcome.kind != WEFT_FOUND_NOTHING) {
        weft__census_fail(e->census, i, false);
        return false;
    }
    if (i % RECHECK_EVERY == 2 && !repeats(e)) { /* also by those who only learn from the run */
        weft__census_fail(e->census, i, true);
        return false;
    }
    return true;
}

/* Whether a run that failed makes run i needless. */
static bool decided(const weft__explorer *e, uint64_t i)
{
    uint64_t failed = 0;
    bool unrepeatable = false;
    return weft__census_failed(e->census, &failed, &unrepeatable) && i > failed;
}

static bool has_failed(const weft__explorer *e)
{
    return decided(e, UINT64_MAX);
}

static bool late(const weft__explorer *e, uint64_t executed)
{
    return e->settings.time_ns != WEFT_NEVER && executed % CLOCK_EVERY == 1 &&
           weft__real_now() - e->start_ns >= e->settings.time_ns;
}

/* In ascending order, so that the failing run with the smallest number is found whoever has it. */
static void walk(weft__explorer *e, uint64_t from, uint64_t end)
{
    uint64_t executed = 0;
    for (uint64_t i = from; i < end && i < e->end && !decided(e, i); i++) {
        const bool ours = i % e->stride == e->lane;
        if (!ours && !weft__run_teaches(i)) {
            continue;
        }
        if (late(e, executed) || !take(e, i, ours)) {
            e->end = 0;
            return;
        }
        executed++;
        if (e->settings.jobs == 1 && e->shows_progress) {
            weft__progress_show(e);
        }
    }
}

/* ---- Several processes ---- */

static void work(uint32_t worker, void *arg)
{
    weft__explorer *const e = arg;
    weft__watchdog_start();
    e->worker = worker;
    e->lane += worker * e->settings.shard.count;
    walk(e, e->next, UINT64_MAX);
    if (weft__properties_save(e->properties_files[worker]) != 0) {
        weft__console_die("a worker cannot hand over its WEFT_SOMETIMES properties");
    }
}

static void watch(void *arg)
{
    const weft__explorer *const e = arg;
    if (e->shows_progress) {
        weft__progress_show(e);
    }
}

static int merge_properties(const weft__explorer *e)
{
    for (uint32_t i = 0; i < e->settings.jobs; i++) {
        const int error = weft__properties_merge(e->properties_files[i]);
        if (error != 0) {
            weft__console_error("cannot read the WEFT_SOMETIMES properties of worker %u", i + 1);
            return error;
        }
    }
    return 0;
}

static int walk_together(weft__explorer *e)
{
    const uint32_t count = e->settings.jobs;
    const weft__crew crew = {
        .count = count, .work = work, .watch = watch, .arg = e, .seats = e->census->seats};
    int error = 0;
    e->properties_files = weft__grow(NULL, count * sizeof *e->properties_files);
    for (uint32_t i = 0; i < count; i++) {
        e->properties_files[i] = memfd_create("weft-properties", MFD_CLOEXEC);
        error = e->properties_files[i] < 0 ? -EAGAIN : error;
    }
    if (error != 0) {
        weft__console_error("cannot make a file in memory for each of %u workers: %s", count,
                            strerror(errno));
    }
    error = error != 0 ? error : weft__workers_run(&crew);
    error = error != 0 ? error : merge_properties(e);
    for (uint32_t i = 0; i < count; i++) {
        (void)close(e->properties_files[i]);
    }
    free(e->properties_files);
    return error;
}

/* The failing run again, in this process, with all runs before it that strategies learn from. */
static void repeat_failure(weft__explorer *e, uint64_t failed)
{
    weft__properties_count(false);
    for (uint64_t i = 0; i <= failed; i++) {
        if (i == failed || weft__run_teaches(i)) {
            (void)weft__points_take();
            e->plan.run = i;
            (void)weft__run_execute(&e->plan);
        }
        if (i != failed && weft__run_teaches(i) && i % RECHECK_EVERY == 2) {
            (void)weft__run_execute(&e->plan); /* as every worker did */
        }
    }
}

/* ---- What was found ---- */

static void report_nondeterminism(weft__explorer *e, const char *what)
{
    weft__outcome *const outcome = &weft__the_run.outcome;
    char where[300];
    weft__divergence_find(&e->plan, where, sizeof where);
    outcome->kind = WEFT_FOUND_NONDETERMINISM;
    outcome->culprit = UINT32_MAX;
    (void)snprintf(outcome->message, sizeof outcome->message,
                   "run %llu %s: something that the simulator does not control, like a real clock, "
                   "a thread or an address, decides%s%s",
                   (unsigned long long)e->plan.run, what, where[0] == '\0' ? "" : "; ", where);
    (void)weft__finding_add(e);
}

/* The last run is the one that failed. */
static void examine(weft__explorer *e, bool unrepeatable)
{
    if (unrepeatable) {
        report_nondeterminism(e, "did not do the same when it was repeated");
    } else if (weft__the_run.outcome.kind == WEFT_FOUND_NOTHING) {
        report_nondeterminism(e, "failed in a worker and not when it was repeated");
    } else {
        weft__failure_examine(e);
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

/* ---- Coverage ---- */

/* The same for explorations that execute the same runs, one perhaps more of them than another: they
 * are not to be added up. */
static uint64_t part_of(const weft__explorer *e)
{
    const weft__shard shard = e->settings.shard;
    const uint64_t part = weft__mix(weft__hash_text(e->settings.strategy), e->settings.seed);
    return weft__mix(part, (uint64_t)shard.index << 32 | shard.count) & ~(uint64_t)1;
}

static int save_coverage(const weft__explorer *e)
{
    weft__coverage c = {.runs = e->result->runs, .overflowed = e->result->overflowed};
    char name[WEFT__NAME_MAX];
    char part_name[64];
    uint64_t part = part_of(e);
    (void)snprintf(c.test, sizeof c.test, "%s", e->settings.name);
    weft__source_program(c.program, sizeof c.program);
    weft__source_build(c.build, sizeof c.build);
    (void)snprintf(part_name, sizeof part_name, "%uof%u", e->settings.shard.index,
                   e->settings.shard.count);
    c.parts = &part;
    c.part_count = 1;
    c.behaviours = weft__behaviours_list(e->census->behaviours, &c.behaviour_count);
    weft__coverage_name(&c, e->settings.shard.count > 1 ? part_name : NULL, name, sizeof name);
    char *const path = weft__store_write(e->settings.store, name, weft__coverage_write, &c, "");
    free(c.behaviours);
    free(path);
    return path == NULL ? -EIO : 0;
}

/* Sample, and look whether there is a proof. What has been proved is sampled on for a while, in
 * case the program does something that is not announced. */
static void sample(weft__explorer *e, uint64_t from, uint64_t end)
{
    walk(e, from, end);
    if (e->end <= end || e->result->complete || e->settings.shard.index != 0 || has_failed(e)) {
        return;
    }
    const weft__proof proof = weft__proof_attempt(e);
    if (proof == WEFT__PROOF_COMPLETE) {
        const uint64_t share = e->settings.schedules / PROVED_SHARE;
        e->end = share < PROVED_MOST ? share : PROVED_MOST;
    } else if (proof == WEFT__PROOF_FAILED) {
        weft__census_fail(e->census, e->plan.run, false);
    }
}

/* From run e->next on. The beginning is one process's. *ret_here: the last run is the one that
 * failed. */
static int explore_all(weft__explorer *e, bool *ret_here)
{
    const bool looks = e->plan.strategy == &weft__strategy_portfolio;
    *ret_here = true;
    if (looks && e->next < BEGINNING) {
        sample(e, e->next, BEGINNING);
    }
    if (e->settings.jobs > 1 && e->end > BEGINNING && !has_failed(e)) {
        *ret_here = false;
        e->stride = (uint64_t)e->settings.shard.count * e->settings.jobs;
        return walk_together(e);
    }
    if (looks && e->next < SECOND_LOOK && !has_failed(e)) {
        sample(e, e->next, SECOND_LOOK);
    }
    if (!has_failed(e)) {
        walk(e, e->next, UINT64_MAX);
    }
    return 0;
}

static void keep_steps(weft__explorer *e)
{
    size_t size = 0;
    FILE *const memory = open_memstream(&e->kept_steps[e->result->finding_count - 1], &size);
    if (memory == NULL) {
        weft__no_memory();
    }
    weft__report_steps(e, memory);
    if (fclose(memory) != 0) {
        weft__no_memory();
    }
}

/* The failure that was examined is a race: it is known from here on, and does not keep others from
 * being found. false: it is something else. */
static bool goes_on(weft__explorer *e, uint64_t failed)
{
    weft__outcome *const outcome = &weft__the_run.outcome;
    if (outcome->kind != WEFT_FOUND_DATA_RACE || e->result->finding_count >= WEFT__FINDINGS_MAX) {
        return false;
    }
    keep_steps(e);
    weft__race_know(outcome->race);
    weft__points_learn(weft__the_race.first.site);
    weft__points_learn(weft__the_race.second.site);
    weft__census_forgive(e->census);
    e->end = e->settings.schedules;
    e->next = e->plan.strategy->exhaustive ? 0 : failed + 1;
    return true;
}

/* Until nothing more is found, or something that ends the search. */
static int search(weft__explorer *e)
{
    uint64_t failed = 0;
    bool unrepeatable = false;
    bool here = true;
    for (;;) {
        const weft__plan plan = e->plan;
        const int error = explore_all(e, &here);
        if (error != 0 || !weft__census_failed(e->census, &failed, &unrepeatable)) {
            return error;
        }
        if (!here) {
            repeat_failure(e, failed);
        }
        examine(e, unrepeatable);
        if (!goes_on(e, failed)) {
            return 0;
        }
        e->plan = plan;
        if (plan.strategy->exhaustive) {
            start_over(e); /* also where the race has taught no line */
        }
    }
}

void weft__explorer_reset(void)
{
    weft__properties_reset();
    weft__profile_reset();
    weft__predict_reset();
    weft__feedback_reset();
    weft__points_reset();
    weft__race_reset();
}

int weft__explore(weft__explorer *e)
{
    weft__explorer_reset();
    e->census = weft__census_open();
    e->shows_progress = weft__progress_wanted(e);
    const int error = search(e);
    weft__census_tell(e->census, e->result);
    weft__proof_of_strategy(e);
    if (e->shows_progress) {
        weft__progress_end(e);
    }
    if (error != 0) {
        return error;
    }
    check_properties(e);
    return e->settings.coverage ? save_coverage(e) : 0;
}

/* ---- The entry points ---- */

void weft__explorer_exhaust(weft__explorer *e, weft__strategy *strategy)
{
    e->plan.exploration = next_exploration();
    e->plan.strategy = strategy;
    e->plan.same_random = true; /* a run is planned by what the last one did */
    if (e->plan.tail_steps > EXHAUSTIVE_STEPS) {
        e->plan.tail_steps = EXHAUSTIVE_STEPS;
    }
}

int weft__explorer_prepare(weft__explorer *e, const weft_options *options, weft_fn *main_fn,
                           void *arg, weft_result *result)
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
    e->plan = (weft__plan){
        .exploration = next_exploration(),
        .main_fn = main_fn,
        .arg = arg,
        .strategy = weft__strategy_find(e->settings.strategy),
        .seed = e->settings.seed,
        .max_steps = e->settings.max_steps,
        .tail_steps = e->settings.max_steps / WEFT__TAIL_SHARE,
        .memory = e->settings.memory,
        .races = e->settings.races,
        .elastic = e->settings.elastic,
    };
    if (e->plan.strategy->exhaustive) {
        e->settings.jobs = 1;
        e->settings.shard = (weft__shard){.count = 1};
        weft__explorer_exhaust(e, e->plan.strategy);
    }
    e->lane = e->settings.shard.index;
    e->stride = e->settings.shard.count;
    e->end = e->settings.schedules;
    weft__the_heap.finds_leaks = e->settings.leaked_objects;
    weft__the_heap.may_fail = e->settings.alloc_failures;
    weft__the_run.goroutine_limit = e->settings.goroutine_limit;
    weft__g_default_stack(e->settings.stack_size);
    e->start_ns = weft__real_now();
    return 0;
}

void weft__explorer_enter(const weft__explorer *e, const void *frame)
{
    weft__memory_remember(e->settings.keep_globals, frame);
    weft__heap_remember(e->settings.keep_globals);
    weft__clock_remember();
    weft__crash_watch();
    weft__watchdog_start();
}

void weft__explorer_leave(weft__explorer *e)
{
    weft__watchdog_stop();
    weft__crash_unwatch();
    weft__clock_forget();
    weft__memory_forget();
    weft__heap_forget();
    e->result->time_ns = weft__real_now() - e->start_ns;
}

/* 0: go on to the report; 1: nothing to report; negative: an error. */
static int execute(weft__explorer *e, const void *frame)
{
    int status = 0;
    weft__explorer_enter(e, frame);
    if (e->settings.replay != NULL) {
        status = weft__reproduce(e);
    } else {
        weft__console_mute();
        const bool known = e->loud && e->settings.store_first && weft__known_failure(e);
        status = known ? 0 : weft__explore(e);
        weft__console_unmute();
    }
    weft__explorer_leave(e);
    return status;
}

void weft__explorer_clear(weft__explorer *e)
{
    for (size_t i = 0; i < WEFT__FINDINGS_MAX; i++) {
        free(e->kept_steps[i]);
    }
    weft__schedule_clear(&e->schedule);
    free(e->forced_at);
    free(e->needed);
    weft__census_close(e->census);
}

/* `frame` is the public function's: what lies above it belongs to its callers, and is put back
 * before each run. So *ret_result, which may lie there, is written at the very end. */
static int run(const weft_options *options, weft_fn *main_fn, void *arg, bool loud,
               const void *frame, weft_result *ret_result)
{
    weft__explorer e;
    weft_result result;
    int status = weft__explorer_prepare(&e, options, main_fn, arg, &result);
    e.loud = loud;
    if (status == 0) {
        status = execute(&e, frame);
    }
    if (status == 0 && loud) {
        weft__report(&e);
    }
    weft__explorer_clear(&e);
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
        free(result->findings[i].orders);
        free(result->findings[i].differences);
        free(result->findings[i].stacks);
    }
    free(result->findings);
    *result = (weft_result){0};
}
