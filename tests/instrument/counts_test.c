/* counts_test.c: exhaustive exploration of programs whose number of behaviours is known, written in
 * plain C: their accesses become schedule points because they race. As many behaviours, all
 * different, none redundant. The numbers are published ones, and of brute force. */
#include "../support/explore.h"

#include <stdatomic.h>

static int n; /* set by the test: how many goroutines */
static int x;
static volatile int vx; /* where a compiler could reorder two accesses or do without one */
static volatile int vy;
static int array[16];
static atomic_int ax;
static atomic_int ay;
static atomic_int az;
static weft_mutex mutex;
static volatile int sinks[16]; /* each goroutine has one; volatile: what is read is used */

static void expect(const char *name, weft_fn *fn, uint64_t count)
{
    weft_result result;
    const weft_options options = {.name = "counts",
                                  .strategy = "dpor",
                                  .races = "allow",
                                  .schedules = 200000,
                                  .time_ns = WEFT_NEVER};
    const int findings = weft_explore(&options, fn, NULL, &result);
    if (findings != 0 || !result.complete || result.behaviours != count) {
        fail_msg("%s(%d): %d findings, %s, %llu behaviours in %llu runs; wanted %llu", name, n,
                 findings, result.complete ? "complete" : "not complete",
                 (unsigned long long)result.behaviours, (unsigned long long)result.runs,
                 (unsigned long long)count);
    }
    weft_result_clear(&result);
}

static int number(const void *arg)
{
    return (int)(intptr_t)arg;
}

static void start(weft_fn *fn, int from, int count)
{
    for (int i = from; i < from + count; i++) {
        weft_go(fn, (void *)(intptr_t)i);
    }
}

/* ---- Plain variables ---- */

static void write_x(void *arg)
{
    x = number(arg);
}

static void read_x(void *arg)
{
    sinks[number(arg)] = x;
}

static void readers(void *arg)
{
    (void)arg;
    start(write_x, 1, 1);
    start(read_x, 2, n);
}

static void writers(void *arg)
{
    (void)arg;
    start(write_x, 1, n);
    start(read_x, n + 1, 1);
}

static void follow(void *arg)
{
    const int left = array[number(arg) - 1];
    array[number(arg)] = left + 1;
}

static void scan(void *arg)
{
    (void)arg;
    int i = n;
    while (array[i] != 0) {
        i--;
    }
    sinks[0] = i;
}

static void last_zero(void *arg)
{
    (void)arg;
    start(scan, 0, 1);
    start(follow, 1, n);
}

static void increment(void *arg)
{
    (void)arg;
    const int seen = x;
    x = seen + 1;
}

static void increments(void *arg)
{
    (void)arg;
    start(increment, 1, n);
}

static void locked_increment(void *arg)
{
    weft_mutex_lock(&mutex);
    increment(arg);
    weft_mutex_unlock(&mutex);
}

static void locked_increments(void *arg)
{
    (void)arg;
    start(locked_increment, 1, n);
}

static void private_then_shared(void *arg)
{
    const int me = number(arg);
    for (int i = 0; i < n; i++) {
        array[me] = i;
        sinks[me] = array[me];
    }
    vx = me;
    sinks[me] = vx;
}

static void par_length(void *arg)
{
    (void)arg;
    start(private_then_shared, 1, 2);
}

static void only_private(void *arg)
{
    array[number(arg)] = 1;
    sinks[number(arg)] = array[number(arg)];
}

static void unrelated(void *arg)
{
    (void)arg;
    start(only_private, 1, n);
}

/* ---- Atomics ---- */

static void add_x(void *arg)
{
    (void)arg;
    atomic_fetch_add(&ax, 1);
}

static void add_xy(void *arg)
{
    add_x(arg);
    atomic_fetch_add(&ay, 1);
}

static void add_xyz(void *arg)
{
    add_xy(arg);
    atomic_fetch_add(&az, 1);
}

static void ainc(void *arg)
{
    (void)arg;
    start(add_x, 1, n);
}

static void binc(void *arg)
{
    (void)arg;
    start(add_xy, 1, n);
}

static void cinc(void *arg)
{
    (void)arg;
    start(add_xyz, 1, n);
}

static void swap_if_zero(void *arg)
{
    int expected = 0;
    atomic_compare_exchange_strong(&ax, &expected, number(arg));
}

static void cas(void *arg)
{
    (void)arg;
    start(swap_if_zero, 1, n);
}

static void swap_in_turn(void *arg)
{
    int expected = number(arg) - 1;
    atomic_compare_exchange_strong(&ax, &expected, number(arg));
}

static void casrot(void *arg)
{
    (void)arg;
    start(swap_in_turn, 1, n);
}

/* ---- Litmus tests: what one goroutine does, and what the other ---- */

#define LITMUS(name, one, other)                                                                   \
    static void name##_one(void *arg)                                                              \
    {                                                                                              \
        (void)arg;                                                                                 \
        one;                                                                                       \
    }                                                                                              \
    static void name##_other(void *arg)                                                            \
    {                                                                                              \
        (void)arg;                                                                                 \
        other;                                                                                     \
    }                                                                                              \
    static void name(void *arg)                                                                    \
    {                                                                                              \
        (void)arg;                                                                                 \
        weft_go(name##_one, NULL);                                                                 \
        weft_go(name##_other, NULL);                                                               \
    }

LITMUS(store_buffering, vx = 1; sinks[0] = vy, vy = 1; sinks[1] = vx)
LITMUS(load_buffering, sinks[0] = vx; vy = 1, sinks[1] = vy; vx = 1)
LITMUS(message_passing, vx = 1; vy = 1, sinks[0] = vy; sinks[1] = vx)
LITMUS(store, vx = 2; vy = 1, sinks[0] = vy; vx = 1)
LITMUS(two_writes, vx = 1; vy = 2, vy = 1; vx = 2)
LITMUS(atomic_store_buffering, atomic_store(&ax, 1);
       sinks[0] = atomic_load(&ay), atomic_store(&ay, 1); sinks[1] = atomic_load(&ax))

/* ---- The numbers ---- */

static const struct {
    const char *name;
    weft_fn *fn;
    int n;
    uint64_t count;
} programs[] = {
    {"readers", readers, 2, 4},
    {"readers", readers, 8, 256},
    {"readers", readers, 13, 8192},
    {"writers", writers, 1, 2},
    {"writers", writers, 2, 6},
    {"writers", writers, 3, 24},
    {"writers", writers, 5, 720},
    {"lastzero", last_zero, 1, 2},
    {"lastzero", last_zero, 2, 5},
    {"lastzero", last_zero, 3, 12},
    {"lastzero", last_zero, 4, 28},
    {"lastzero", last_zero, 5, 64},
    {"inc", increments, 2, 4},
    {"inc", increments, 3, 36},
    {"inc", increments, 4, 576},
    {"lockinc", locked_increments, 4, 24},
    {"par_length", par_length, 3, 4},
    {"par_length", par_length, 9, 4},
    {"unrelated", unrelated, 6, 1},
    {"ainc", ainc, 4, 24},
    {"binc", binc, 3, 36},
    {"cinc", cinc, 3, 216},
    {"cas", cas, 5, 5},
    {"casrot", casrot, 2, 2},
    {"casrot", casrot, 3, 5},
    {"casrot", casrot, 4, 14},
    {"SB", store_buffering, 0, 3},
    {"LB", load_buffering, 0, 3},
    {"MP", message_passing, 0, 3},
    {"S", store, 0, 3},
    {"2+2W", two_writes, 0, 3},
    {"SB, atomic", atomic_store_buffering, 0, 3},
};

static void has_the_published_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        n = programs[i].n;
        expect(programs[i].name, programs[i].fn, programs[i].count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_published_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
