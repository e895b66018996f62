/* simulator.c: how many schedules and steps the simulator executes in a second, on one core, with
 * trace hash and verdicts: three goroutines with ten channel operations each.
 *
 * Prints a line for each strategy: bench, name, cores, schedules per second, unit, and the same for
 * steps; then nanoseconds a step. CPU time, so that other work on the machine counts less. */
#include <weft/sim.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static weft_chan *ch;

static void ten_operations(void *arg)
{
    (void)arg;
    int value = 0;
    for (int i = 0; i < 5; i++) {
        weft_chan_send(ch, &value);
        (void)weft_chan_recv(ch, &value);
    }
}

static void program(void *arg)
{
    (void)arg;
    ch = weft_chan_make(sizeof(int), 3);
    weft_go(ten_operations, NULL);
    weft_go(ten_operations, NULL);
    ten_operations(NULL);
}

static double cpu_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of five measurements. */
static int measure(const char *strategy, uint64_t schedules)
{
    double rates[5];
    uint64_t steps = 0;
    for (int i = 0; i < 5; i++) {
        weft_result result;
        const weft_options options = {
            .name = "bench", .strategy = strategy, .schedules = schedules, .seed = (uint64_t)i + 1};
        const double start = cpu_seconds();
        if (weft_explore(&options, program, NULL, &result) != 0) {
            return 1;
        }
        rates[i] = (double)result.runs / (cpu_seconds() - start);
        steps = result.steps / result.runs;
        weft_result_clear(&result);
    }
    qsort(rates, 5, sizeof rates[0], compare);
    (void)printf("bench\tsim_schedules_%s\t1\t%.0f\tschedules/s\n", strategy, rates[2]);
    (void)printf("bench\tsim_steps_%s\t1\t%.0f\tsteps/s\n", strategy, rates[2] * (double)steps);
    (void)printf("bench\tsim_step_time_%s\t1\t%.1f\tns\n", strategy,
                 1e9 / (rates[2] * (double)steps));
    return 0;
}

int main(int argc, char **argv)
{
    const uint64_t schedules = argc > 1 ? strtoull(argv[1], NULL, 10) : 200000;
    static const char *const strategies[] = {"random", "sticky",   "pos", "surw",  "urw",
                                             "pair",   "pct-racy", "pct", "delay", "portfolio"};
    for (size_t i = 0; i < sizeof strategies / sizeof strategies[0]; i++) {
        if (measure(strategies[i], schedules) != 0) {
            return 1;
        }
    }
    return 0;
}
