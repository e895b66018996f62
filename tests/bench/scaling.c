/* scaling.c: what a step costs with more goroutines and with longer runs, for each strategy.
 *
 * So many goroutines execute so many operations each: sends and receives, four of them on one
 * channel. Prints tab-separated lines:
 *
 *   bench   scaling  strategy  goroutines  operations  jobs  schedules a second  steps a second
 *   growth  scaling  strategy  the time of a step at 1000 operations, in those at 10 (8 goroutines)
 *                              and at 128 goroutines, in those at 2 (100 operations)
 *
 * Real time, the best of three measurements: other work on the machine only adds to it. Two jobs
 * share out an exploration only behind its first 256 runs, so they are measured where runs are
 * short. Exhaustive strategies follow runs of up to 1000 operations only, in one process. */
#include <weft/sim.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    GOROUTINES_MAX = 128,
    SHARING = 4,
    REPETITIONS = 3,
    STEPS_ALL = 300000,
    STEPS_SHARED = 2000000,  /* with two jobs: starting them is not to count for much, */
    SCHEDULES_SHARED = 2048, /* nor what one of them does alone */
    STEPS_EXHAUSTIVE = 1000,
};

static const uint32_t goroutine_counts[] = {2, 8, 32, 128};
static const uint32_t operation_counts[] = {10, 100, 1000};
enum { COUNTS = 4, LENGTHS = 3 };

typedef struct workload {
    uint32_t goroutines;
    uint32_t operations;
} workload;

static weft_chan *channels[GOROUTINES_MAX / SHARING];
static uint32_t rounds;

static void send_and_receive(void *arg)
{
    weft_chan *const ch = channels[(uintptr_t)arg / SHARING];
    int value = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        weft_chan_send(ch, &value);
        (void)weft_chan_recv(ch, &value);
    }
}

static void program(void *arg)
{
    const workload *const w = arg;
    rounds = w->operations / 2;
    for (uint32_t i = 0; i < w->goroutines; i++) {
        if (i % SHARING == 0) {
            channels[i / SHARING] = weft_chan_make(sizeof(int), SHARING);
        }
        weft_go(send_and_receive, (void *)(uintptr_t)i);
    }
}

static bool is_exhaustive(const char *strategy)
{
    return strcmp(strategy, "dpor") == 0 || strcmp(strategy, "delays2") == 0 ||
           strcmp(strategy, "preemptions2") == 0;
}

static uint64_t steps_of(workload w)
{
    return (uint64_t)w.goroutines * w.operations;
}

/* Whether this can be measured: see above. */
static bool applies(const char *strategy, workload w, uint32_t jobs)
{
    if (is_exhaustive(strategy)) {
        return jobs == 1 && steps_of(w) < STEPS_EXHAUSTIVE;
    }
    return jobs == 1 || steps_of(w) * SCHEDULES_SHARED <= STEPS_SHARED;
}

/* Nanoseconds a step. */
static double measure(const char *strategy, workload w, uint32_t jobs)
{
    double best = 0;
    double schedules = 0;
    const uint64_t share = (jobs == 1 ? STEPS_ALL : STEPS_SHARED) / steps_of(w);
    const uint64_t runs = share < 2 ? 2 : share;
    for (uint64_t i = 0; i < REPETITIONS; i++) {
        weft_result result;
        const weft_options options = {
            .name = "bench",
            .strategy = strategy,
            .schedules = runs,
            .jobs = jobs,
            .seed = i + 1,
            .max_steps = 20 * steps_of(w) + 10000, /* so that the fair tail is not reached */
        };
        if (weft_explore(&options, program, &w, &result) != 0) {
            exit(1);
        }
        const double seconds = (double)result.time_ns / WEFT_SECOND;
        if ((double)result.steps / seconds > best) {
            best = (double)result.steps / seconds;
            schedules = (double)result.runs / seconds;
        }
        weft_result_clear(&result);
    }
    (void)printf("bench\tscaling\t%s\t%u\t%u\t%u\t%.0f\t%.0f\n", strategy, w.goroutines,
                 w.operations, jobs, schedules, best);
    (void)fflush(stdout);
    return 1e9 / best;
}

static void measure_all(const char *strategy)
{
    double step_ns[COUNTS][LENGTHS] = {0};
    for (uint32_t jobs = 1; jobs <= 2; jobs++) {
        for (uint32_t i = 0; i < COUNTS * LENGTHS; i++) {
            const workload w = {goroutine_counts[i / LENGTHS], operation_counts[i % LENGTHS]};
            if (applies(strategy, w, jobs)) {
                const double ns = measure(strategy, w, jobs);
                step_ns[i / LENGTHS][i % LENGTHS] = jobs == 1 ? ns
                                                              : step_ns[i / LENGTHS][i % LENGTHS];
            }
        }
    }
    if (!is_exhaustive(strategy)) {
        (void)printf("growth\tscaling\t%s\t%.2f\t%.2f\n", strategy, step_ns[1][2] / step_ns[1][0],
                     step_ns[3][1] / step_ns[0][1]);
    }
}

int main(int argc, char **argv)
{
    static const char *const all[] = {
        "random",     "sticky", "pos", "surw",      "urw",  "pair",    "pct",
        "pct10-racy", "delay",  "ql",  "portfolio", "dpor", "delays2", "preemptions2",
    };
    for (size_t i = 0; argc == 1 && i < sizeof all / sizeof all[0]; i++) {
        measure_all(all[i]);
    }
    for (int i = 1; i < argc; i++) {
        measure_all(argv[i]);
    }
    return 0;
}
