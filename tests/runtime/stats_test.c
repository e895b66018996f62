/* stats_test.c: what weft_stats_read counts in the runtime.
 * Goal: each number is what happened: exact where the program decides it, at least so much where
 * the machine does; reading disturbs nobody, from any thread, also while runs begin and end.
 * Method: small programs that cause one thing each, most with one worker. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <weft.h>

enum { YIELDS = 100000, CROWD = 200 };

static void nothing(void *arg)
{
    (void)arg;
}

static weft_stats stats_now(void)
{
    weft_stats stats;
    weft_stats_read(&stats);
    return stats;
}

static uint64_t latencies(const weft_stats *stats, unsigned from)
{
    uint64_t sum = 0;
    for (unsigned i = from; i < WEFT_STATS_BUCKETS; i++) {
        sum += stats->latency[i];
    }
    return sum;
}

/* The slice: whoever computes on purpose loses the worker, and nobody else on a busy machine. */
static void run(weft_fn *main_fn, uint32_t workers)
{
    const weft_options options = {.workers = workers, .slice_us = 100000};
    assert_int_equal(weft_run_with(&options, main_fn, NULL), 0);
}

/* ---- goroutines ---- */

static void receive(void *ch)
{
    (void)weft_chan_recv(ch, NULL);
}

static void main_counts_goroutines(void *arg)
{
    (void)arg;
    weft_stats stats = stats_now();
    WEFT_ASSERT(stats.goroutines == 1 && stats.goroutines_started == 1);
    WEFT_ASSERT(stats.goroutines_runnable == 0);
    WEFT_ASSERT(stats.workers == 1 && stats.threads == 1);
    weft_chan *const ch = weft_chan_make(0, 0);
    for (int i = 0; i < CROWD; i++) {
        WEFT_ASSERT(weft_go(receive, ch) == 0);
    }
    stats = stats_now();
    WEFT_ASSERT(stats.goroutines == CROWD + 1 && stats.goroutines_runnable <= CROWD);
    weft_yield();
    weft_yield();
    stats = stats_now();
    WEFT_ASSERT(stats.goroutines_runnable == 0 && stats.parks == CROWD);
    weft_chan_close(ch);
    while (stats_now().goroutines > 1) {
        weft_yield();
    }
    WEFT_ASSERT(stats_now().goroutines_started == CROWD + 1);
}

static void test_goroutines_are_counted(void **state)
{
    (void)state;
    run(main_counts_goroutines, 1);
}

static void main_yields(void *arg)
{
    (void)arg;
    WEFT_ASSERT(stats_now().yields == 0);
    for (int i = 0; i < YIELDS; i++) {
        weft_yield();
    }
    weft_sleep(WEFT_MILLISECOND);
    weft_sleep(20 * WEFT_MILLISECOND);
    const weft_stats stats = stats_now();
    WEFT_ASSERT(stats.yields == YIELDS);
    WEFT_ASSERT(stats.parks == 2 && stats.timers_fired == 2);
    WEFT_ASSERT(stats.sleeps >= 1);
}

/* The second run begins at zero; between and after them the numbers stay. */
static void test_the_numbers_are_those_of_the_run(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        run(main_yields, 1);
        const weft_stats stats = stats_now();
        assert_int_equal(stats.yields, YIELDS);
        assert_int_equal(stats.goroutines, 0);
        assert_int_equal(stats.threads, 0);
    }
}

/* ---- latency ---- */

static void yield_often(void *arg)
{
    (void)arg;
    for (int i = 0; i < YIELDS; i++) {
        weft_yield();
    }
}

static void main_of_two_that_yield(void *arg)
{
    (void)arg;
    weft_waitgroup group = {0};
    (void)weft_waitgroup_go(&group, yield_often, NULL);
    yield_often(NULL);
    weft_waitgroup_wait(&group);
}

/* An estimate: by how much it may be off is what hundreds of samples allow. */
static void test_the_histogram_counts_all_that_ran(void **state)
{
    (void)state;
    run(main_of_two_that_yield, 1);
    const weft_stats stats = stats_now();
    const uint64_t ran = stats.yields + stats.parks + stats.preemptions;
    const uint64_t counted = latencies(&stats, 0);
    assert_in_range(counted, ran - ran / 3, ran + ran / 3);
    assert_int_equal(stats.yields, 2 * YIELDS);
}

/* A slice is a hundred operations. */
static void main_polls(void *arg)
{
    (void)arg;
    weft_chan *const ch = weft_chan_make(0, 0);
    (void)weft_go(yield_often, NULL);
    weft_yield();
    for (int i = 0; i < 1000; i++) {
        (void)weft_chan_try_recv(ch, NULL);
    }
    const uint64_t preemptions = stats_now().preemptions;
    WEFT_ASSERT(preemptions >= 9 && preemptions <= 11);
    weft_chan_release(ch);
}

static void test_preemptions_are_counted(void **state)
{
    (void)state;
    run(main_polls, 1);
}

/* What happens seldom is all timed: the goroutine waits for 5 ms of its starter's. */
static void main_keeps_one_waiting(void *arg)
{
    (void)arg;
    weft_sleep(WEFT_MILLISECOND);
    const weft_stats before = stats_now();
    weft_waitgroup group = {0};
    (void)weft_waitgroup_go(&group, nothing, NULL);
    (void)usleep(5000);
    weft_waitgroup_wait(&group);
    const weft_stats after = stats_now();
    WEFT_ASSERT(latencies(&after, 22) == latencies(&before, 22) + 1); /* 2^22 ns: 4.2 ms */
    WEFT_ASSERT(after.latency[0] == before.latency[0]);
}

static void test_a_long_wait_is_in_its_bucket(void **state)
{
    (void)state;
    const weft_options options = {.workers = 1, .slice_us = 1000000};
    assert_int_equal(weft_run_with(&options, main_keeps_one_waiting, NULL), 0);
}

/* ---- workers and threads ---- */

static void spin_until_stolen(void *arg)
{
    (void)arg;
    const int64_t until_ns = weft_now() + 10 * WEFT_SECOND;
    while ((stats_now().steals == 0 || stats_now().wakes == 0) && weft_now() < until_ns) {
        weft_yield();
    }
}

static void main_has_work_for_two(void *arg)
{
    (void)arg;
    weft_waitgroup group = {0};
    weft_sleep(20 * WEFT_MILLISECOND); /* the other worker goes to sleep */
    for (int i = 0; i < CROWD; i++) {
        (void)weft_waitgroup_go(&group, spin_until_stolen, NULL);
    }
    weft_waitgroup_wait(&group);
    const weft_stats stats = stats_now();
    WEFT_ASSERT(stats.steals > 0 && stats.stolen >= stats.steals);
    WEFT_ASSERT(stats.sleeps > 0 && stats.wakes > 0);
    WEFT_ASSERT(stats.workers == 2 && stats.threads >= 2);
}

static void test_steals_and_wakes_are_counted(void **state)
{
    (void)state;
    run(main_has_work_for_two, 2);
}

/* More than a worker's queue holds: the rest goes through the global one. */
static void main_overflows(void *arg)
{
    (void)arg;
    weft_waitgroup group = {0};
    for (int i = 0; i < 1000; i++) {
        (void)weft_waitgroup_go(&group, nothing, NULL);
    }
    weft_waitgroup_wait(&group);
    const weft_stats stats = stats_now();
    WEFT_ASSERT(stats.global_takes > 0 && stats.global_taken >= stats.global_takes);
    WEFT_ASSERT(stats.global_taken <= 1001);
}

static void test_takes_from_the_global_queue_are_counted(void **state)
{
    (void)state;
    run(main_overflows, 1);
}

static atomic_bool ended;

static void compute(void *arg)
{
    (void)arg;
    while (!atomic_load(&ended)) {
    }
}

/* The worker goes on with another thread, and its counts go on too. */
static void main_loses_to_one_that_computes(void *arg)
{
    (void)arg;
    weft_waitgroup group = {0};
    yield_often(NULL);
    (void)weft_waitgroup_go(&group, compute, NULL);
    weft_yield();
    weft_stats stats = stats_now();
    WEFT_ASSERT(stats.retakes == 1 && stats.handoffs == 0);
    WEFT_ASSERT(stats.threads == 2 && stats.threads_at_large == 1 && stats.threads_spare == 0);
    yield_often(NULL);
    atomic_store(&ended, true);
    weft_waitgroup_wait(&group);
    stats = stats_now();
    WEFT_ASSERT(stats.yields >= 2 * YIELDS + 1 && stats.yields <= 2 * YIELDS + 2);
    while (stats_now().threads_spare == 0) {
        weft_yield();
    }
    WEFT_ASSERT(stats_now().threads_at_large == 0);
}

static void test_lost_workers_are_counted_and_keep_their_counts(void **state)
{
    (void)state;
    atomic_store(&ended, false);
    run(main_loses_to_one_that_computes, 1);
}

static void block(void *arg)
{
    (void)arg;
    (void)usleep(20000);
}

static void main_blocks(void *arg)
{
    (void)arg;
    weft_waitgroup group = {0};
    (void)weft_waitgroup_go(&group, nothing, NULL);
    weft_blocking(block, NULL);
    weft_waitgroup_wait(&group);
    const weft_stats stats = stats_now();
    WEFT_ASSERT(stats.handoffs == 1 && stats.retakes == 0);
}

static void test_workers_that_were_handed_on_are_counted(void **state)
{
    (void)state;
    const weft_options options = {.workers = 1, .slice_us = 1000000};
    assert_int_equal(weft_run_with(&options, main_blocks, NULL), 0);
}

/* ---- stacks ---- */

static void main_uses_stacks(void *arg)
{
    (void)arg;
    const uint64_t size = UINT64_C(64) << 10;
    const weft_go_options options = {.name = "parked", .stack_size = size};
    const weft_stats before = stats_now();
    weft_waitgroup group = {0};
    weft_chan *const ch = weft_chan_make(0, 0);
    for (int i = 0; i < CROWD; i++) {
        WEFT_ASSERT(weft_waitgroup_go_with(&group, &options, receive, ch) == 0);
    }
    const weft_stats full = stats_now();
    WEFT_ASSERT(full.stack_bytes_used == before.stack_bytes_used + CROWD * size);
    WEFT_ASSERT(full.stack_bytes_mapped > full.stack_bytes_used);
    weft_chan_close(ch);
    weft_waitgroup_wait(&group);
    weft_yield(); /* the last one's is put back behind its end */
    const weft_stats after = stats_now();
    WEFT_ASSERT(after.stack_bytes_used == before.stack_bytes_used);
    WEFT_ASSERT(after.stack_bytes_cached == full.stack_bytes_cached + CROWD * size);
    WEFT_ASSERT(after.stacks_cached == full.stacks_cached + CROWD);
}

static void test_stacks_are_measured(void **state)
{
    (void)state;
    /* A thread that took the worker would have a stack from there too, for signals. */
    const weft_options options = {.workers = 1, .slice_us = 10000000};
    assert_int_equal(weft_run_with(&options, main_uses_stacks, NULL), 0);
}

/* ---- other threads ---- */

static void *read_all_the_time(void *arg)
{
    uint64_t *const reads = arg;
    weft_stats stats;
    do {
        weft_stats_read(&stats);
        *reads += stats.workers <= 2;
    } while (!atomic_load(&ended));
    return NULL;
}

static void main_is_short(void *arg)
{
    (void)arg;
    weft_waitgroup group = {0};
    for (int i = 0; i < CROWD; i++) {
        (void)weft_waitgroup_go(&group, nothing, NULL);
    }
    weft_waitgroup_wait(&group);
}

static void test_any_thread_may_read_while_runs_come_and_go(void **state)
{
    (void)state;
    pthread_t reader;
    uint64_t reads = 0;
    atomic_store(&ended, false);
    assert_int_equal(pthread_create(&reader, NULL, read_all_the_time, &reads), 0);
    for (int i = 0; i < 100; i++) {
        run(main_is_short, 2);
    }
    atomic_store(&ended, true);
    assert_int_equal(pthread_join(reader, NULL), 0);
    assert_true(reads > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goroutines_are_counted),
        cmocka_unit_test(test_the_numbers_are_those_of_the_run),
        cmocka_unit_test(test_the_histogram_counts_all_that_ran),
        cmocka_unit_test(test_preemptions_are_counted),
        cmocka_unit_test(test_a_long_wait_is_in_its_bucket),
        cmocka_unit_test(test_steals_and_wakes_are_counted),
        cmocka_unit_test(test_takes_from_the_global_queue_are_counted),
        cmocka_unit_test(test_lost_workers_are_counted_and_keep_their_counts),
        cmocka_unit_test(test_workers_that_were_handed_on_are_counted),
        cmocka_unit_test(test_stacks_are_measured),
        cmocka_unit_test(test_any_thread_may_read_while_runs_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
