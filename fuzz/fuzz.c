/* fuzz.c: an execution of the fuzzing engine is one simulated run. See weft/fuzz.h.
 *
 * INVARIANTS
 *   - One plan serves all executions: what a run does depends on its bytes only.
 *   - Where a run fails, the process ends by abort(), called by a function of the verdict's name on
 *     the stack of the goroutine that failed, or by the signal that is the failure; the engine's
 *     handlers of signals see it. So different failures have different stacks. */
#include <weft/fuzz.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arch/asan.h>
#include <detect/crash.h>
#include <explore/explorer.h>
#include <race/watch.h>
#include <report/console.h>
#include <report/report.h>
#include <schedule/store.h>
#include <variable.h>

#include "bytes.h"
#include "handoffs.h"
#include "mutate.h"

static struct {
    weft__explorer explorer;
    weft_result result;
    weft__bytes bytes;
    weft_fuzz_fn *target;
    const uint8_t *input;
    size_t input_size;
    uint64_t executions;
    bool entered;
} fuzz WEFT_KEEP;

/* ---- The bodies of main ---- */

static void run_input(void *unused)
{
    (void)unused;
    fuzz.target(fuzz.input, fuzz.input_size);
}

static void run_stored_input(void *unused)
{
    (void)unused;
    const weft__schedule *const schedule = &fuzz.explorer.schedule;
    fuzz.target(schedule->input, schedule->input_size);
}

/* ---- Findings ---- */

#define FOUND(kind)                                                                                \
    __attribute__((noinline)) static void found_##kind(void)                                       \
    {                                                                                              \
        abort();                                                                                   \
    }
FOUND(deadlock)
FOUND(leak)
FOUND(panic)
FOUND(assertion)
FOUND(fatal)
FOUND(crash)
FOUND(runaway)
FOUND(nondeterminism)
FOUND(livelock)
FOUND(starvation)
FOUND(data_race)
FOUND(memory_error)

static void last_words(void)
{
    static void (*const ends[WEFT_FOUND_COUNT])(void) = {
        [WEFT_FOUND_DEADLOCK] = found_deadlock,
        [WEFT_FOUND_LEAK] = found_leak,
        [WEFT_FOUND_PANIC] = found_panic,
        [WEFT_FOUND_ASSERTION] = found_assertion,
        [WEFT_FOUND_FATAL] = found_fatal,
        [WEFT_FOUND_CRASH] = found_crash,
        [WEFT_FOUND_RUNAWAY] = found_runaway,
        [WEFT_FOUND_NONDETERMINISM] = found_nondeterminism,
        [WEFT_FOUND_LIVELOCK] = found_livelock,
        [WEFT_FOUND_STARVATION] = found_starvation,
        [WEFT_FOUND_DATA_RACE] = found_data_race,
        [WEFT_FOUND_MEMORY] = found_memory_error,
    };
    ends[fuzz.result.findings[0].kind]();
}

/* Bytes that lead to a stored run. false after a line on standard error: they are not written. */
static bool store_entry(const char *directory, const char *hash, const uint8_t *entry, size_t size)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%s.entry", hash);
    char *const path = weft__store_write_bytes(directory, name, entry, size);
    const bool written = path != NULL;
    if (written) {
        (void)fprintf(stderr, "  entry      %s\n", path);
    }
    free(path);
    return written;
}

static void report(const weft__explorer *e, const weft_finding *finding)
{
    const unsigned long long signature = weft__the_run.outcome.signature;
    size_t size = 0;
    uint8_t *const entry = finding->hash[0] == '\0'
                               ? NULL
                               : weft__bytes_make(&e->schedule.decisions, &e->plan, fuzz.input,
                                                  fuzz.input_size, &size);
    weft__reproduce_decisions(&fuzz.explorer); /* the run that the report tells of */
    weft__report(e);
    if (entry != NULL) {
        (void)store_entry(e->settings.store, finding->hash, entry, size);
    }
    (void)fprintf(stderr, "DEDUP_TOKEN: %s-%016llx\n", weft_finding_kind_name(finding->kind),
                  signature);
    (void)fflush(NULL);
    free(entry);
}

/* The last run failed. It fails once more, shrunk, on the stack of who fails, and without our
 * handlers of signals, so that the engine sees where. */
_Noreturn static void found(void)
{
    weft__explorer *const e = &fuzz.explorer;
    e->input = fuzz.input;
    e->input_size = fuzz.input_size;
    e->plan.verdict_only = false;
    const weft__outcome seen = weft__the_run.outcome;
    (void)weft__run_execute(&e->plan); /* now with a trace */
    if (weft__the_run.outcome.kind == WEFT_FOUND_NOTHING) {
        weft__the_run.outcome = seen; /* which will be found not to happen again */
    }
    weft__failure_examine(e);
    weft_finding *const finding = &fuzz.result.findings[0];
    finding->run = fuzz.executions - 1;
    fuzz.result.runs = fuzz.executions;
    fuzz.result.time_ns = weft__real_now() - e->start_ns;
    report(e, finding);
    weft__crash_unwatch();
    e->plan.last_words = last_words;
    if (finding->kind != WEFT_FOUND_NONDETERMINISM) {
        weft__reproduce_decisions(e);
    }
    last_words();
    abort();
}

/* ---- The entry points ---- */

/* The schedule that was replayed as an entry of the corpus in this directory. */
static bool write_replayed(const char *corpus)
{
    weft__explorer *const e = &fuzz.explorer;
    const weft__schedule *const schedule = &e->schedule;
    size_t size = 0;
    uint8_t *const entry = weft__bytes_make(&schedule->decisions, &e->plan, schedule->input,
                                            schedule->input_size, &size);
    char hash[32];
    (void)snprintf(hash, sizeof hash, "%016llx",
                   (unsigned long long)weft__trace_hash(&weft__the_run.trace).high);
    if (entry == NULL) {
        weft__console_error("WEFT_ENTRY: no bytes stand for this schedule, which puts off the "
                            "start of a goroutine");
        return false;
    }
    const bool named = fuzz.result.finding_count != 0;
    const bool written =
        store_entry(corpus, named ? fuzz.result.findings[0].hash : hash, entry, size);
    free(entry);
    return written;
}

static void replay(void)
{
    weft__explorer *const e = &fuzz.explorer;
    const char *const corpus = weft__variable("WEFT_ENTRY");
    e->plan.main_fn = run_stored_input;
    weft__explorer_enter(e, NULL);
    const int status = weft__reproduce(e);
    if (status == 0) {
        weft__report(e);
    }
    const bool written = status != 0 || corpus == NULL || write_replayed(corpus);
    weft__explorer_leave(e);
    (void)fflush(NULL);
    _exit(status < 0 || !written ? 2 : status == 0 && fuzz.result.finding_count != 0 ? 1 : 0);
}

int weft_fuzz_begin(const weft_options *options, weft_fuzz_fn *target)
{
    weft__explorer *const e = &fuzz.explorer;
    weft_options mine = *options;
    mine.keep_globals = true;
    if (weft__explorer_prepare(e, &mine, run_input, NULL, &fuzz.result) != 0) {
        _exit(2);
    }
    fuzz.target = target;
    if (e->settings.replay != NULL) {
        replay();
    }
    weft__bytes_init(&fuzz.bytes);
    fuzz.bytes.strategy.event = weft__handoffs_event;
    e->settings.strategy = "bytes";
    e->loud = true;
    e->fuzzing = true;
    e->plan.strategy = &fuzz.bytes.strategy;
    e->plan.replaying = true;
    e->plan.starts_first = true;
    e->plan.same_random = true;
    e->plan.verdict_only = !weft__the_watch.instrumented && e->plan.races == WEFT__RACES_OFF &&
                           e->plan.memory == WEFT__MEMORY_SC;
    return 0;
}

/* The engine has its handlers of signals only now. */
static void enter(void)
{
    weft__explorer_enter(&fuzz.explorer, NULL);
    weft__explorer_reset();
    fuzz.entered = true;
}

int weft_fuzz_one(const uint8_t *data, size_t size)
{
    if (!fuzz.entered) {
        enter();
    }
    fuzz.input = data;
    fuzz.input_size = weft__bytes_set(&fuzz.bytes, data, size);
    fuzz.executions++;
    if (__asan_poison_memory_region != NULL) { /* it must not read on into the schedule */
        __asan_poison_memory_region(data + fuzz.input_size, size - fuzz.input_size);
    }
    weft__handoffs_begin();
    (void)weft__run_execute(&fuzz.explorer.plan);
    weft__mutate_learn(weft__bytes_decisions(&fuzz.bytes));
    if (__asan_unpoison_memory_region != NULL) {
        __asan_unpoison_memory_region(data, size);
    }
    if (weft__the_run.outcome.kind != WEFT_FOUND_NOTHING) {
        found();
    }
    return 0;
}
