/* latency.c: what waiting costs: for time, for a turn, for the kernel. go/latency.go is its
 * twin. */
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../process_memory.h"
#include "versus.h"

static int compare(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* In milliseconds. */
static double percentile(int64_t *samples_ns, size_t count, int percent)
{
    qsort(samples_ns, count, sizeof *samples_ns, compare);
    return (double)samples_ns[(count - 1) * (size_t)percent / 100] / 1e6;
}

static int workers(void)
{
    const char *const set = getenv("WEFT_WORKERS");
    return set == NULL ? 2 : (int)strtol(set, NULL, 10);
}

/* ---- a timer behind goroutines that compute ---- */

enum { NAPS = 300 };

static void compute(void *stop)
{
    while (!atomic_load_explicit((atomic_bool *)stop, memory_order_relaxed)) {
    }
}

static double late_ms(int percent)
{
    static atomic_bool stop;
    static int64_t late_ns[NAPS];
    for (int i = 0; i < workers(); i++) {
        GO(compute, &stop);
    }
    for (int i = 0; i < NAPS; i++) {
        const int64_t due_ns = weft_now() + WEFT_MILLISECOND;
        weft_sleep(WEFT_MILLISECOND);
        late_ns[i] = weft_now() - due_ns;
    }
    atomic_store(&stop, true);
    return percentile(late_ns, NAPS, percent);
}

double bench_late_p50(void)
{
    return late_ms(50);
}

double bench_late_p99(void)
{
    return late_ms(99);
}

/* ---- the time in a queue with ten thousand runnable ---- */

enum { RUNNABLE = 10000, TURNS = 20 };

static struct {
    int64_t waited_ns[RUNNABLE * TURNS];
    weft_waitgroup group;
} queue;

static void take_turns(void *arg)
{
    int64_t *const waited_ns = arg;
    for (int i = 0; i < TURNS; i++) {
        const int64_t start_ns = weft_now();
        weft_yield();
        waited_ns[i] = weft_now() - start_ns;
    }
    weft_waitgroup_done(&queue.group);
}

double bench_queued_p99(void)
{
    weft_waitgroup_add(&queue.group, RUNNABLE);
    for (int i = 0; i < RUNNABLE; i++) {
        GO(take_turns, &queue.waited_ns[i * TURNS]);
    }
    weft_waitgroup_wait(&queue.group);
    return percentile(queue.waited_ns, (size_t)RUNNABLE * TURNS, 99);
}

/* ---- a hundred thousand sleepers: microseconds of CPU for each ---- */

enum { SLEEPERS = 100000, LONGEST_MS = 1000 };

static void sleep_once(void *arg)
{
    weft_sleep((1 + (intptr_t)arg % LONGEST_MS) * WEFT_MILLISECOND);
    weft_waitgroup_done(&queue.group);
}

static double cpu_us(void)
{
    struct rusage usage = {0};
    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

double bench_sleepers(void)
{
    const double start_us = cpu_us();
    weft_waitgroup_add(&queue.group, SLEEPERS);
    for (intptr_t i = 0; i < SLEEPERS; i++) {
        GO(sleep_once, (void *)(i * 7919));
    }
    weft_waitgroup_wait(&queue.group);
    return (cpu_us() - start_us) / SLEEPERS;
}

/* ---- parked goroutines: bytes of each, page tables included ---- */

static long memory_kb(void)
{
    return status_kb("VmRSS:") + status_kb("VmPTE:");
}

static void wait_at(void *gate)
{
    weft_waitgroup_done(&queue.group);
    (void)weft_chan_recv(gate, NULL);
}

static double parked_bytes(int count)
{
    weft_chan *const gate = make_chan(0);
    const long start_kb = memory_kb();
    weft_waitgroup_add(&queue.group, count);
    for (int i = 0; i < count; i++) {
        GO(wait_at, gate);
    }
    weft_waitgroup_wait(&queue.group);
    return (double)(memory_kb() - start_kb) * 1024 / count;
}

double bench_parked(void)
{
    return parked_bytes(100000);
}

double bench_parked_million(void)
{
    return parked_bytes(1000000);
}

/* ---- calls of the kernel ---- */

enum { CALLS = 200000, BLOCKERS = 100, BLOCKING = 20 };

static void call(void *arg)
{
    (void)arg;
    (void)syscall(SYS_getppid);
}

static void direct(weft_fn *fn, void *arg)
{
    fn(arg);
}

static double time_calls(void (*how)(weft_fn *fn, void *arg))
{
    const int64_t start_ns = stopwatch_ns();
    for (int i = 0; i < CALLS; i++) {
        how(call, NULL);
    }
    return (double)(stopwatch_ns() - start_ns) / CALLS;
}

static double least_of_ten(void (*how)(weft_fn *fn, void *arg))
{
    double least_ns = time_calls(how);
    for (int i = 1; i < 10; i++) {
        const double ns = time_calls(how);
        least_ns = ns < least_ns ? ns : least_ns;
    }
    return least_ns;
}

/* What weft_blocking adds to a call that does not block. */
double bench_wrapped_call(void)
{
    const double direct_ns = least_of_ten(direct);
    return least_of_ten(weft_blocking) - direct_ns;
}

static void nap(void *arg)
{
    (void)arg;
    (void)nanosleep(&(struct timespec){.tv_nsec = WEFT_MILLISECOND}, NULL);
}

static void block_often(void *group)
{
    for (int i = 0; i < BLOCKING; i++) {
        weft_blocking(nap, NULL);
    }
    weft_waitgroup_done(group);
}

/* In milliseconds. */
double bench_blocking_calls(void)
{
    weft_waitgroup_add(&queue.group, BLOCKERS);
    const int64_t start_ns = weft_now();
    for (int i = 0; i < BLOCKERS; i++) {
        GO(block_often, &queue.group);
    }
    weft_waitgroup_wait(&queue.group);
    return (double)(weft_now() - start_ns) / 1e6;
}
