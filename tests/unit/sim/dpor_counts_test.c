/* dpor_counts_test.c: exhaustive exploration of programs whose number of behaviours is known: as
 * many runs, all different, none redundant, and the right number of failures. */
#include "../../support/explore.h"

#include <stdlib.h>

#include "memory.h"
#include "order/identity.h"
#include "run.h"
#include "strategy/dpor.h"

enum { RUNS_MAX = 200000 };

typedef struct census {
    unsigned runs;
    unsigned different;
    unsigned deadlocks;
    unsigned panics;
} census;

static int compare(const void *a, const void *b)
{
    const uint64_t first = *(const uint64_t *)a;
    const uint64_t second = *(const uint64_t *)b;
    return first < second ? -1 : first > second;
}

__attribute__((noinline)) static void explore_all(weft_fn *fn, census *ret_census)
{
    static uint64_t exploration WEFT_KEEP;
    weft__plan plan = {.exploration = ++exploration,
                       .main_fn = fn,
                       .strategy = &weft__strategy_dpor,
                       .max_steps = 1000,
                       .tail_steps = 1000};
    census c = {0};
    uint64_t *const behaviours = weft__grow(NULL, RUNS_MAX * sizeof *behaviours);
    for (; plan.run < RUNS_MAX && weft__run_execute(&plan); plan.run++) {
        behaviours[c.runs++] = weft__behaviour();
        c.deadlocks += weft__the_run.outcome.kind == WEFT_FOUND_DEADLOCK ? 1 : 0;
        c.panics += weft__the_run.outcome.kind == WEFT_FOUND_PANIC ? 1 : 0;
    }
    qsort(behaviours, c.runs, sizeof *behaviours, compare);
    for (unsigned i = 0; i < c.runs; i++) {
        c.different += i == 0 || behaviours[i] != behaviours[i - 1] ? 1 : 0;
    }
    free(behaviours);
    *ret_census = c;
}

/* What lies above this frame is put back before each run, so the work is another function's. */
__attribute__((noinline)) static census take_census(weft_fn *fn)
{
    census *const c = weft__grow(NULL, sizeof *c);
    weft__the_run.goroutine_limit = 100;
    weft__memory_remember(false, __builtin_frame_address(0));
    explore_all(fn, c);
    weft__memory_forget();
    const census result = *c;
    free(c);
    return result;
}

static void expect(const char *name, weft_fn *fn, unsigned count, unsigned deadlocks)
{
    const census c = take_census(fn);
    const weft__dpor_count *const dpor = weft__dpor_count_now();
    if (c.runs != count || c.different != count || c.deadlocks != deadlocks || !dpor->exhausted ||
        dpor->redundant != 0 || dpor->diverged != 0) {
        fail_msg(
            "%s: %u runs, %u different, %u deadlocks, %llu redundant, %llu diverged; wanted %u "
            "runs, %u deadlocks",
            name, c.runs, c.different, c.deadlocks, (unsigned long long)dpor->redundant,
            (unsigned long long)dpor->diverged, count, deadlocks);
    }
}

/* ---- Variables ---- */

static int n; /* set by the test: how many */
static int x;
static int y;
static int z;
static int array[16];
static weft_waitgroup ended;

static intptr_t number(const void *arg)
{
    return (intptr_t)arg;
}

static void start_n(weft_fn *fn)
{
    for (intptr_t i = 1; i <= n; i++) {
        weft_go(fn, (void *)i);
    }
}

static void write_x(void *arg)
{
    WEFT_WRITE(x, (int)number(arg));
}

static void read_x(void *arg)
{
    (void)arg;
    (void)WEFT_READ(x);
}

static void readers(void *arg)
{
    (void)arg;
    weft_go(write_x, (void *)1);
    start_n(read_x);
}

static void writers_a_reader(void *arg)
{
    (void)arg;
    start_n(write_x);
    weft_go(read_x, NULL);
}

static void copy_left(void *arg)
{
    const int left = WEFT_READ(array[number(arg) - 1]);
    WEFT_WRITE(array[number(arg)], left + 1);
}

static void scan(void *arg)
{
    (void)arg;
    int i = n;
    while (WEFT_READ(array[i]) != 0) {
        i--;
    }
}

static void last_zero(void *arg)
{
    (void)arg;
    start_n(copy_left);
    weft_go(scan, NULL);
}

static void add_x(void *arg)
{
    (void)arg;
    WEFT_UPDATE(x, x + 1);
}

static void add_x_y(void *arg)
{
    (void)arg;
    WEFT_UPDATE(x, x + 1);
    WEFT_UPDATE(y, y + 1);
}

static void add_x_y_z(void *arg)
{
    add_x_y(arg);
    WEFT_UPDATE(z, z + 1);
}

static void increment_x(void *arg)
{
    (void)arg;
    const int seen = WEFT_READ(x);
    WEFT_WRITE(x, seen + 1);
}

static void swap_zero(void *arg)
{
    WEFT_UPDATE(x, x == 0 ? (int)number(arg) : x);
}

static void swap_previous(void *arg)
{
    WEFT_UPDATE(x, x == (int)number(arg) - 1 ? (int)number(arg) : x);
}

#define STARTS(name, fn)                                                                           \
    static void name(void *arg)                                                                    \
    {                                                                                              \
        (void)arg;                                                                                 \
        start_n(fn);                                                                               \
    }
STARTS(ainc, add_x)
STARTS(binc, add_x_y)
STARTS(cinc, add_x_y_z)
STARTS(inc, increment_x)
STARTS(cas, swap_zero)
STARTS(casrot, swap_previous)

static void length_worker(void *arg)
{
    const intptr_t me = number(arg);
    for (int i = 0; i < n; i++) {
        WEFT_WRITE(array[me], i);
        (void)WEFT_READ(array[me]);
    }
    WEFT_WRITE(x, (int)me);
    (void)WEFT_READ(x);
}

static void par_length(void *arg)
{
    (void)arg;
    weft_go(length_worker, (void *)1);
    weft_go(length_worker, (void *)2);
}

static void write_own(void *arg)
{
    WEFT_WRITE(array[number(arg)], 1);
    (void)WEFT_READ(array[number(arg)]);
}
STARTS(unrelated, write_own)

/* Litmus tests: two goroutines with two accesses each. */
#define LITMUS(name, first, second, third, fourth)                                                 \
    static void name##_left(void *arg)                                                             \
    {                                                                                              \
        (void)arg;                                                                                 \
        first;                                                                                     \
        second;                                                                                    \
    }                                                                                              \
    static void name##_right(void *arg)                                                            \
    {                                                                                              \
        (void)arg;                                                                                 \
        third;                                                                                     \
        fourth;                                                                                    \
    }                                                                                              \
    static void name(void *arg)                                                                    \
    {                                                                                              \
        (void)arg;                                                                                 \
        weft_go(name##_left, NULL);                                                                \
        weft_go(name##_right, NULL);                                                               \
    }
LITMUS(store_buffering, WEFT_WRITE(x, 1), (void)WEFT_READ(y), WEFT_WRITE(y, 1), (void)WEFT_READ(x))
LITMUS(load_buffering, (void)WEFT_READ(x), WEFT_WRITE(y, 1), (void)WEFT_READ(y), WEFT_WRITE(x, 1))
LITMUS(message_passing, WEFT_WRITE(x, 1), WEFT_WRITE(y, 1), (void)WEFT_READ(y), (void)WEFT_READ(x))
LITMUS(store, WEFT_WRITE(x, 2), WEFT_WRITE(y, 1), (void)WEFT_READ(y), WEFT_WRITE(x, 1))
LITMUS(two_writes, WEFT_WRITE(x, 1), WEFT_WRITE(y, 2), WEFT_WRITE(y, 1), WEFT_WRITE(x, 2))

static void expect_n(const char *name, weft_fn *fn, int how_many, unsigned count)
{
    n = how_many;
    expect(name, fn, count, 0);
}

static void test_readers_and_writers(void **state)
{
    (void)state;
    expect_n("readers(2)", readers, 2, 4);
    expect_n("readers(8)", readers, 8, 256);
    expect_n("readers(13)", readers, 13, 8192);
    expect_n("n_writers_a_reader(1)", writers_a_reader, 1, 2);
    expect_n("n_writers_a_reader(2)", writers_a_reader, 2, 6);
    expect_n("n_writers_a_reader(3)", writers_a_reader, 3, 24);
    expect_n("n_writers_a_reader(5)", writers_a_reader, 5, 720);
    expect_n("lastzero(1)", last_zero, 1, 2);
    expect_n("lastzero(2)", last_zero, 2, 5);
    expect_n("lastzero(3)", last_zero, 3, 12);
    expect_n("lastzero(4)", last_zero, 4, 28);
    expect_n("lastzero(5)", last_zero, 5, 64);
}

static void test_updates(void **state)
{
    (void)state;
    expect_n("ainc(4)", ainc, 4, 24);
    expect_n("ainc(6)", ainc, 6, 720);
    expect_n("binc(3)", binc, 3, 36);
    expect_n("binc(4)", binc, 4, 576);
    expect_n("cinc(3)", cinc, 3, 216);
    expect_n("cinc(4)", cinc, 4, 13824);
    expect_n("inc(2)", inc, 2, 4);
    expect_n("inc(3)", inc, 3, 36);
    expect_n("inc(4)", inc, 4, 576);
    expect_n("cas(2)", cas, 2, 2);
    expect_n("cas(5)", cas, 5, 5);
    expect_n("casrot(2)", casrot, 2, 2);
    expect_n("casrot(3)", casrot, 3, 5);
    expect_n("casrot(4)", casrot, 4, 14);
}

static void test_litmus_tests_and_unrelated(void **state)
{
    (void)state;
    expect_n("SB", store_buffering, 0, 3);
    expect_n("LB", load_buffering, 0, 3);
    expect_n("MP", message_passing, 0, 3);
    expect_n("S", store, 0, 3);
    expect_n("2+2W", two_writes, 0, 3);
    expect_n("par_length(1)", par_length, 1, 4);
    expect_n("par_length(10)", par_length, 10, 4);
    expect_n("unrelated(8)", unrelated, 8, 1);
}

/* ---- Locks ---- */

static weft_mutex mutexes[8];

static void lock_and_add(void *arg)
{
    (void)arg;
    weft_mutex_lock(&mutexes[0]);
    WEFT_WRITE(x, WEFT_READ(x) + 1);
    weft_mutex_unlock(&mutexes[0]);
}
STARTS(lockinc, lock_and_add)

static void dine(void *arg)
{
    weft_mutex *const left = &mutexes[number(arg) - 1];
    weft_mutex *const right = &mutexes[number(arg) % n];
    weft_mutex_lock(left);
    weft_mutex_lock(right);
    weft_mutex_unlock(right);
    weft_mutex_unlock(left);
    weft_waitgroup_done(&ended);
}

static void philosophers(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&ended, n);
    start_n(dine);
    weft_waitgroup_wait(&ended);
}

static void test_locks(void **state)
{
    (void)state;
    expect_n("lockinc(2)", lockinc, 2, 2);
    expect_n("lockinc(4)", lockinc, 4, 24);
    expect_n("lockinc(6)", lockinc, 6, 720);
    n = 2; /* AB-BA as well */
    expect("philosophers(2)", philosophers, 3, 1);
    n = 3;
    expect("philosophers(3)", philosophers, 7, 1);
    n = 4;
    expect("philosophers(4)", philosophers, 15, 1);
    n = 8;
    expect("philosophers(8)", philosophers, 255, 1);
}

/* ---- Channels ---- */

static weft_chan *ch[3];

static void send_some(void *count)
{
    for (intptr_t i = 0; i < number(count); i++) {
        weft_chan_send(ch[0], NULL);
    }
}

static void receive_some(void *count)
{
    for (intptr_t i = 0; i < number(count); i++) {
        (void)weft_chan_recv(ch[0], NULL);
    }
}

static void start_both(size_t capacity, int senders, intptr_t sends, int receivers,
                       intptr_t receives)
{
    ch[0] = weft_chan_make(0, capacity);
    for (int i = 0; i < senders; i++) {
        weft_go(send_some, (void *)sends);
    }
    for (int i = 0; i < receivers; i++) {
        weft_go(receive_some, (void *)receives);
    }
}

static void one_to_one(void *arg)
{
    (void)arg;
    start_both(2, 1, 4, 1, 4);
}

static void two_to_one(void *arg)
{
    (void)arg;
    start_both(2, 2, 2, 1, 4);
}

static void two_to_two(void *arg)
{
    (void)arg;
    start_both(1, 2, 2, 2, 2);
}

static void three_to_three(void *arg)
{
    (void)arg;
    start_both(0, 3, 1, 3, 1);
}

static void stage(void *arg)
{
    for (int i = 0; i < 3; i++) {
        if (number(arg) != 1) {
            (void)weft_chan_recv(ch[number(arg) - 2], NULL);
        }
        if (number(arg) != 4) {
            weft_chan_send(ch[number(arg) - 1], NULL);
        }
    }
}

static void pipeline(void *arg)
{
    (void)arg;
    for (int i = 0; i < 3; i++) {
        ch[i] = weft_chan_make(0, (size_t)(i % 2));
    }
    n = 4;
    start_n(stage);
}

static void test_channels(void **state)
{
    (void)state;
    expect("1 x 4, 1 x 4, capacity 2", one_to_one, 1, 0);
    expect("2 x 2, 1 x 4, capacity 2", two_to_one, 6, 0);
    expect("2 x 2, 2 x 2, capacity 1", two_to_two, 36, 0);
    expect("3 and 3, unbuffered", three_to_three, 36, 0);
    expect("pipeline", pipeline, 1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readers_and_writers),
        cmocka_unit_test(test_updates),
        cmocka_unit_test(test_litmus_tests_and_unrelated),
        cmocka_unit_test(test_locks),
        cmocka_unit_test(test_channels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
