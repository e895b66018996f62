/* stress_test.c: everything at once, on real threads.
 * Goal: no lost wake-up (the program would hang), no lost or doubled value, no crash.
 * Method: short storms with 1, 2 and 8 workers on however few cores there are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>

#include <cmocka.h>

#include <weft.h>

/* A check in a goroutine: cmocka's would jump out of it. */
#define CHECK(cond) ((cond) ? (void)0 : (void)__atomic_store_n(&broken, __LINE__, __ATOMIC_RELAXED))
static int broken;

static void run_on_each(weft_fn *main_fn, int times)
{
    static const uint32_t worker_counts[] = {1, 2, 8};
    for (size_t i = 0; i < sizeof worker_counts / sizeof *worker_counts; i++) {
        const weft_options options = {.workers = worker_counts[i], .stack_size = 32768};
        for (int k = 0; k < times; k++) {
            broken = 0;
            assert_int_equal(weft_run_with(&options, main_fn, NULL), 0);
            assert_int_equal(broken, 0);
        }
    }
}

/* errno by functions that are not inlined: the compiler keeps its address across calls. */
static __attribute__((noinline)) void set_errno(int value)
{
    __asm__ volatile("" ::: "memory");
    errno = value;
}

static __attribute__((noinline)) int get_errno(void)
{
    __asm__ volatile("" ::: "memory");
    return errno;
}

static void yield_often(void *arg)
{
    (void)arg;
    for (int i = 0; i < 50; i++) {
        set_errno(i);
        weft_yield();
        CHECK(get_errno() == i);
    }
}

static void main_yields(void *arg)
{
    (void)arg;
    weft_waitgroup group = {0};
    for (int i = 0; i < 300; i++) {
        CHECK(weft_waitgroup_go(&group, yield_often, NULL) == 0);
    }
    weft_waitgroup_wait(&group);
}

static void test_a_storm_of_yields(void **state)
{
    (void)state;
    run_on_each(main_yields, 2);
}

/* A tree of goroutines: each starts two, down to depth 0, and adds up what they count. */
typedef struct branch {
    int depth;
    int leaves; /* written by the branch, before it sends on done */
    weft_chan *done;
} branch;

static void grow(void *arg)
{
    branch *const b = arg;
    b->leaves = b->depth == 0;
    branch below[2];
    weft_chan *const done = weft_chan_make(0, 0);
    for (int i = 0; i < 2 && b->depth > 0; i++) {
        below[i] = (branch){.depth = b->depth - 1, .done = done};
        CHECK(weft_go(grow, &below[i]) == 0);
    }
    for (int i = 0; i < 2 && b->depth > 0; i++) {
        (void)weft_chan_recv(done, NULL);
    }
    for (int i = 0; i < 2 && b->depth > 0; i++) {
        b->leaves += below[i].leaves;
    }
    weft_chan_release(done);
    weft_chan_send(b->done, NULL);
}

static void fan(void *arg)
{
    weft_chan *const numbers = arg;
    for (int i = 1; i <= 100; i++) {
        weft_chan_send(numbers, &i);
    }
}

/* Sums of what ten send, received by whoever comes first. */
static void main_fan(void *arg)
{
    (void)arg;
    weft_chan *const numbers = weft_chan_make(sizeof(int), 3);
    long sum = 0;
    for (int i = 0; i < 10; i++) {
        CHECK(weft_go(fan, numbers) == 0);
    }
    for (int i = 0; i < 1000; i++) {
        int n = 0;
        CHECK(weft_chan_recv(numbers, &n));
        sum += n;
    }
    CHECK(sum == 10 * 5050);
    weft_chan_release(numbers);
}

static void test_every_value_arrives_once(void **state)
{
    (void)state;
    run_on_each(main_fan, 5);
}

typedef struct counter {
    weft_mutex mutex;
    long value; /* under mutex */
} counter;

static void count(void *arg)
{
    counter *const c = arg;
    for (int i = 0; i < 200; i++) {
        weft_mutex_lock(&c->mutex);
        c->value++;
        if (i % 20 == 0) {
            weft_yield();
        }
        weft_mutex_unlock(&c->mutex);
    }
}

static void main_counts(void *arg)
{
    (void)arg;
    counter c = {.value = 0};
    weft_waitgroup group = {0};
    for (int i = 0; i < 30; i++) {
        CHECK(weft_waitgroup_go(&group, count, &c) == 0);
    }
    weft_waitgroup_wait(&group);
    CHECK(c.value == 30 * 200);
}

static void test_a_contended_mutex_excludes(void **state)
{
    (void)state;
    run_on_each(main_counts, 3);
}

static void sleep_shortly(void *arg)
{
    (void)arg;
    for (int i = 0; i < 10; i++) {
        const int64_t duration_ns = weft_choose(100000);
        const int64_t start_ns = weft_now();
        weft_sleep(duration_ns);
        CHECK(weft_now() - start_ns >= duration_ns);
    }
}

static void main_sleeps(void *arg)
{
    (void)arg;
    weft_waitgroup group = {0};
    for (int i = 0; i < 100; i++) {
        CHECK(weft_waitgroup_go(&group, sleep_shortly, NULL) == 0);
    }
    weft_waitgroup_wait(&group);
}

static void test_many_sleepers_wake(void **state)
{
    (void)state;
    run_on_each(main_sleeps, 2);
}

static void exchange_until(void *arg)
{
    weft_chan *const ch = arg;
    for (int i = 0; i < 40; i++) {
        const int64_t deadline_ns = weft_now() + weft_choose(20000);
        const int result = i % 2 == 0 ? weft_chan_recv_until(ch, NULL, deadline_ns)
                                      : weft_chan_send_until(ch, NULL, deadline_ns);
        CHECK(result == 0 || (result == -ETIMEDOUT && weft_now() >= deadline_ns));
    }
}

static void main_deadlines(void *arg)
{
    (void)arg;
    weft_chan *const ch = weft_chan_make(0, 0);
    weft_waitgroup group = {0};
    for (int i = 0; i < 20; i++) {
        CHECK(weft_waitgroup_go(&group, exchange_until, ch) == 0);
    }
    weft_waitgroup_wait(&group);
    weft_chan_release(ch);
}

static void test_deadlines_race_with_partners(void **state)
{
    (void)state;
    run_on_each(main_deadlines, 3);
}

static void count_down(void *group)
{
    weft_waitgroup_done(group);
}

static void main_stops_timers(void *arg)
{
    (void)arg;
    enum { TIMERS = 50 };
    weft_timer *timers[TIMERS];
    weft_waitgroup group = {0};
    weft_waitgroup_add(&group, TIMERS);
    for (int i = 0; i < TIMERS; i++) {
        timers[i] = weft_timer_after_func(weft_choose(200000), count_down, &group);
    }
    for (int i = 0; i < TIMERS; i += 2) {
        if (weft_timer_stop(timers[i])) {
            weft_waitgroup_done(&group);
        }
    }
    weft_waitgroup_wait(&group);
    for (int i = 0; i < TIMERS; i++) {
        weft_timer_release(timers[i]);
    }
}

static void test_a_timer_fires_or_is_stopped(void **state)
{
    (void)state;
    run_on_each(main_stops_timers, 10);
}

static void main_tree(void *arg)
{
    (void)arg;
    branch root = {.depth = 7, .done = weft_chan_make(0, 1)};
    grow(&root);
    CHECK(root.leaves == 128);
    weft_chan_release(root.done);
}

static void test_goroutines_that_start_goroutines(void **state)
{
    (void)state;
    run_on_each(main_tree, 3);
}

static void main_short(void *arg)
{
    CHECK(weft_go(yield_often, arg) == 0);
}

static void test_many_short_runs(void **state)
{
    (void)state;
    run_on_each(main_short, 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_storm_of_yields),
        cmocka_unit_test(test_every_value_arrives_once),
        cmocka_unit_test(test_a_contended_mutex_excludes),
        cmocka_unit_test(test_many_sleepers_wake),
        cmocka_unit_test(test_deadlines_race_with_partners),
        cmocka_unit_test(test_a_timer_fires_or_is_stopped),
        cmocka_unit_test(test_goroutines_that_start_goroutines),
        cmocka_unit_test(test_many_short_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
