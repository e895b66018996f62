/* portfolio_main.h: included before a fuzz target, makes of it a program that the simulator
 * explores with its portfolio, each run with a random input. Prints as the target does:
 * "FOUND      <verdict>, execution <n>, ...".
 *
 * <program> <seed> <executions at most> <seconds at most> */
#ifndef WEFT_BENCH_PORTFOLIO_MAIN_H
#define WEFT_BENCH_PORTFOLIO_MAIN_H

#include <weft/fuzz.h>
#include <weft/sim.h>

#include <stdio.h>
#include <stdlib.h>

static weft_fuzz_fn *explored;

static void run_random_input(void *arg)
{
    enum { SIZE = 16 };
    static uint8_t data[SIZE];
    (void)arg;
    const size_t size = weft_random() % (SIZE + 1);
    for (size_t i = 0; i < size; i++) {
        data[i] = (uint8_t)weft_random();
    }
    explored(data, size);
}

static inline int explore_target(weft_fuzz_fn *fn, char **argv)
{
    weft_result result;
    const weft_options options = {
        .name = "target",
        .seed = strtoull(argv[1], NULL, 10),
        .schedules = strtoull(argv[2], NULL, 10),
        .time_ns = strtoll(argv[3], NULL, 10) * WEFT_SECOND,
    };
    explored = fn;
    const int status = weft_explore(&options, run_random_input, NULL, &result);
    if (status > 0) {
        (void)printf("FOUND      %s, execution %llu, shrunk from %u to %u\n",
                     weft_finding_kind_name(result.findings[0].kind),
                     (unsigned long long)result.findings[0].run + 1,
                     result.findings[0].switches_found, result.findings[0].switches_shrunk);
    }
    weft_result_clear(&result);
    return status;
}

#undef WEFT_FUZZ
#define WEFT_FUZZ(target)                                                                          \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        return argc != 4 ? 2 : explore_target(target, argv);                                       \
    }

#endif
