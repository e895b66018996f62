/* versus.c: bench.versus NAME prints the figure of one benchmark; see versus.h and versus.sh. */
#include "versus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct bench {
    const char *name;
    double (*fn)(void);
} bench;

static const bench benches[] = {
    {"yield", bench_yield},
    {"spawn_join", bench_spawn_join},
    {"spawn_one", bench_spawn_one},
    {"ping_pong", bench_ping_pong},
    {"unbuffered_stream", bench_stream},
    {"buffered_128_1p1c", bench_buffered_1p1c},
    {"buffered_128_4p4c", bench_buffered_4p4c},
    {"ring_10000", bench_ring},
    {"select_8", bench_select_8},
    {"try_select", bench_try_select},
    {"try_recv", bench_try_recv},
    {"sieve_2000", bench_sieve},
    {"mutex_8", bench_mutex_8},
    {"fork_join_fib24", bench_fib24},
    {"fib38_cut16", bench_fib38},
    {"timer_late_p50", bench_late_p50},
    {"timer_late_p99", bench_late_p99},
    {"queued_10000_p99", bench_queued_p99},
    {"sleepers_100000", bench_sleepers},
    {"parked_100000", bench_parked},
    {"parked_1000000", bench_parked_million},
    {"wrapped_call", bench_wrapped_call},
    {"blocking_100x20", bench_blocking_calls},
};
enum { BENCHES = sizeof benches / sizeof benches[0] };

int64_t stopwatch_ns(void)
{
    const char *const clock = getenv("VERSUS_CLOCK");
    const bool cpu = clock != NULL && strcmp(clock, "cpu") == 0;
    struct timespec now = {0};
    (void)clock_gettime(cpu ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &now);
    return now.tv_sec * WEFT_SECOND + now.tv_nsec;
}

void start(const char *name, weft_fn *fn, void *arg)
{
    if (weft_go_with(&(weft_go_options){.name = name}, fn, arg) != 0) {
        (void)fprintf(stderr, "bench.versus: %s cannot be started\n", name);
        exit(1);
    }
}

weft_chan *make_chan(size_t capacity)
{
    weft_chan *const ch = weft_chan_make(sizeof(int64_t), capacity);
    if (ch == NULL) {
        (void)fprintf(stderr, "bench.versus: no memory for a channel\n");
        exit(1);
    }
    return ch;
}

static void run(void *arg)
{
    (void)printf("%.4g\n", ((const bench *)arg)->fn());
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < BENCHES; i++) {
        if (strcmp(argv[1], benches[i].name) == 0) {
            const weft_options options = {.name = argv[1], .goroutine_limit = 2000000};
            return weft_run_with(&options, run, (void *)(uintptr_t)&benches[i]) != 0;
        }
    }
    (void)fprintf(stderr, "usage: bench.versus NAME, a name of versus.tsv\n");
    return 1;
}
