/* goroutines.c: what goroutines of the runtime cost: memory while they are parked, and time.
 *
 * Prints lines: bench, name, workers, value, unit. Memory is VmRSS and VmPTE of /proc/self/status,
 * each measurement in a process of its own. Times are the median of five; those of many parked
 * goroutines one measurement. */
#include <weft.h>

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process_memory.h"

enum { REPETITIONS = 5, SPAWNED = 1000000 };

/* ---- parked ---- */

typedef struct crowd {
    uint32_t count;
    size_t stack_size;
    weft_chan *gate;
    weft_waitgroup group;
    atomic_uint arrived;
    long resident_kb; /* of all */
    long tables_kb;
    int64_t parking_ns;
    int64_t waking_ns;
} crowd;

static void wait_at_gate(void *arg)
{
    crowd *const c = arg;
    (void)atomic_fetch_add(&c->arrived, 1);
    (void)weft_chan_recv(c->gate, NULL);
}

static void park_all(void *arg)
{
    crowd *const c = arg;
    const weft_go_options options = {.name = "parked", .stack_size = c->stack_size};
    const long resident_kb = status_kb("VmRSS:");
    const long tables_kb = status_kb("VmPTE:");
    c->gate = weft_chan_make(0, 0);
    int64_t start_ns = weft_now();
    for (uint32_t i = 0; i < c->count; i++) {
        if (weft_waitgroup_go_with(&c->group, &options, wait_at_gate, c) != 0) {
            (void)fprintf(stderr, "goroutine %" PRIu32 " cannot be started\n", i);
            exit(1);
        }
    }
    while (atomic_load(&c->arrived) < c->count) {
        weft_yield();
    }
    c->parking_ns = weft_now() - start_ns;
    c->resident_kb = status_kb("VmRSS:") - resident_kb;
    c->tables_kb = status_kb("VmPTE:") - tables_kb;
    start_ns = weft_now();
    weft_chan_close(c->gate);
    weft_waitgroup_wait(&c->group);
    c->waking_ns = weft_now() - start_ns;
    weft_chan_release(c->gate);
}

static void print_crowd(const crowd *c, uint32_t workers)
{
    const double count = c->count;
    char name[64];
    (void)snprintf(name, sizeof name, "%" PRIu32 "_stack_%zuk", c->count, c->stack_size >> 10);
    (void)printf("bench\tparked_memory_%s\t%" PRIu32 "\t%.0f\tB\n", name, workers,
                 (double)(c->resident_kb + c->tables_kb) * 1024 / count);
    (void)printf("bench\tparked_tables_%s\t%" PRIu32 "\t%.0f\tB\n", name, workers,
                 (double)c->tables_kb * 1024 / count);
    (void)printf("bench\tspawn_and_park_%s\t%" PRIu32 "\t%.0f\tns\n", name, workers,
                 (double)c->parking_ns / count);
    (void)printf("bench\twake_and_exit_%s\t%" PRIu32 "\t%.0f\tns\n", name, workers,
                 (double)c->waking_ns / count);
}

static int measure_parked(uint32_t count, size_t stack_size, uint32_t workers)
{
    crowd c = {.count = count, .stack_size = stack_size};
    const weft_options options = {
        .workers = workers, .goroutine_limit = count + count / 16}; /* workers hold some back */
    const int error = weft_run_with(&options, park_all, &c);
    if (error == 0) {
        print_crowd(&c, workers);
    }
    return error;
}

/* ---- started and joined, with stacks that were used before ---- */

typedef struct batches {
    uint32_t size;
    double ns; /* of one goroutine */
} batches;

static void nothing(void *arg)
{
    (void)arg;
}

static void join_batches(uint32_t size)
{
    for (uint32_t done = 0; done < SPAWNED; done += size) {
        weft_waitgroup group = {0};
        for (uint32_t i = 0; i < size; i++) {
            if (weft_waitgroup_go(&group, nothing, NULL) != 0) {
                exit(1);
            }
        }
        weft_waitgroup_wait(&group);
    }
}

static void time_batches(void *arg)
{
    batches *const b = arg;
    join_batches(b->size);
    const int64_t start_ns = weft_now();
    join_batches(b->size);
    b->ns = (double)(weft_now() - start_ns) / SPAWNED;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static int measure_joined(uint32_t size, uint32_t workers)
{
    double ns[REPETITIONS];
    for (int i = 0; i < REPETITIONS; i++) {
        batches b = {.size = size};
        if (weft_run_with(&(weft_options){.workers = workers}, time_batches, &b) != 0) {
            return 1;
        }
        ns[i] = b.ns;
    }
    qsort(ns, REPETITIONS, sizeof *ns, compare);
    (void)printf("bench\tspawn_and_join_%" PRIu32 "\t%" PRIu32 "\t%.1f\tns\n", size, workers,
                 ns[REPETITIONS / 2]);
    return 0;
}

/* ---- all ---- */

static int measure(int what)
{
    switch (what) {
    case 0:
        return measure_joined(1, 1);
    case 1:
        return measure_joined(100, 1);
    case 2:
        return measure_joined(100, 2);
    case 3:
        return measure_joined(10000, 1);
    case 4:
        return measure_parked(100000, (size_t)64 << 10, 1);
    case 5:
        return measure_parked(100000, (size_t)128 << 10, 1);
    case 6:
        return measure_parked(100000, (size_t)128 << 10, 1);
    case 7:
        return measure_parked(100000, (size_t)64 << 10, 2);
    case 8:
        return measure_parked(1000000, (size_t)64 << 10, 1);
    default:
        return -1;
    }
}

/* The measurements in order, or those whose numbers are given. */
int main(int argc, char **argv)
{
    enum { MEASUREMENTS = 9 };
    for (int i = 0; i < (argc > 1 ? argc - 1 : MEASUREMENTS); i++) {
        const int what = argc > 1 ? atoi(argv[i + 1]) : i;
        (void)fflush(stdout);
        const pid_t pid = fork();
        if (pid == 0) {
            exit(measure(what) == 0 ? 0 : 1);
        }
        int status = 0;
        if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
            return 1;
        }
    }
    return 0;
}
