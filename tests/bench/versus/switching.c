/* switching.c: what it costs to start, switch to and join goroutines. go/switching.go is its
 * twin. */
#include <stdlib.h>

#include "versus.h"

/* ---- yield: two goroutines take turns ---- */

enum { YIELDS = 2000000 };

static void yield_often(void *group)
{
    for (int i = 0; i < YIELDS; i++) {
        weft_yield();
    }
    weft_waitgroup_done(group);
}

double bench_yield(void)
{
    weft_waitgroup group = {0};
    weft_waitgroup_add(&group, 2);
    const int64_t start_ns = stopwatch_ns();
    GO(yield_often, &group);
    GO(yield_often, &group);
    weft_waitgroup_wait(&group);
    return (double)(stopwatch_ns() - start_ns) / (2.0 * YIELDS);
}

/* ---- starting and joining ---- */

enum { BATCH = 1000, BATCHES = 500, WARM_BATCHES = 10, SINGLES = 300000 };

static void done(void *group)
{
    weft_waitgroup_done(group);
}

static void join_batches(int count, int size)
{
    for (int i = 0; i < count; i++) {
        weft_waitgroup group = {0};
        weft_waitgroup_add(&group, size);
        for (int k = 0; k < size; k++) {
            GO(done, &group);
        }
        weft_waitgroup_wait(&group);
    }
}

static double time_batches(int count, int size)
{
    join_batches(WARM_BATCHES, size);
    const int64_t start_ns = stopwatch_ns();
    join_batches(count, size);
    return (double)(stopwatch_ns() - start_ns) / count / size;
}

double bench_spawn_join(void)
{
    return time_batches(BATCHES, BATCH);
}

double bench_spawn_one(void)
{
    return time_batches(SINGLES, 1);
}

/* ---- fork and join: Fibonacci numbers, one call of two in a goroutine of its own ---- */

typedef struct fork {
    int n;
    int cut; /* below it without goroutines */
    int64_t result;
    weft_waitgroup *joined;
} fork_;

static int64_t fib(int n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static int64_t fork_fib(int n, int cut);

static void run_fork(void *arg)
{
    fork_ *const f = arg;
    f->result = fork_fib(f->n, f->cut);
    weft_waitgroup_done(f->joined);
}

static int64_t fork_fib(int n, int cut)
{
    if (n < 2 || n < cut) {
        return fib(n);
    }
    weft_waitgroup joined = {0};
    fork_ f = {.n = n - 1, .cut = cut, .joined = &joined};
    weft_waitgroup_add(&joined, 1);
    GO(run_fork, &f);
    const int64_t result = fork_fib(n - 2, cut);
    weft_waitgroup_wait(&joined);
    return result + f.result;
}

static double time_fib_ms(int n, int cut)
{
    const int64_t expected = fib(n);
    (void)fork_fib(n, cut); /* warm */
    const int64_t start_ns = stopwatch_ns();
    if (fork_fib(n, cut) != expected) {
        abort();
    }
    return (double)(stopwatch_ns() - start_ns) / 1e6;
}

double bench_fib24(void)
{
    return time_fib_ms(24, 2);
}

double bench_fib38(void)
{
    return time_fib_ms(38, 16);
}

/* ---- one mutex, eight goroutines ---- */

enum { LOCKERS = 8, LOCKS = 1000000 };

static struct {
    weft_mutex mutex;
    weft_waitgroup group;
    int64_t count;
} shared;

static void lock_often(void *arg)
{
    (void)arg;
    for (int i = 0; i < LOCKS; i++) {
        weft_mutex_lock(&shared.mutex);
        shared.count++;
        weft_mutex_unlock(&shared.mutex);
    }
    weft_waitgroup_done(&shared.group);
}

double bench_mutex_8(void)
{
    weft_waitgroup_add(&shared.group, LOCKERS);
    const int64_t start_ns = stopwatch_ns();
    for (int i = 0; i < LOCKERS; i++) {
        GO(lock_often, NULL);
    }
    weft_waitgroup_wait(&shared.group);
    const int64_t took_ns = stopwatch_ns() - start_ns;
    if (shared.count != (int64_t)LOCKERS * LOCKS) {
        abort();
    }
    return (double)took_ns / ((double)LOCKERS * LOCKS);
}
