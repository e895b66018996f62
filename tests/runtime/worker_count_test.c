/* worker_count_test.c: the number of workers changes while they run.
 * Goal: as many goroutines run at once as were asked for last; nothing that a worker had is lost
 * when it retires; who computes goes on; deadlocks are seen, and only those.
 * Method: goroutines that spin until so many of them do, under a slice that does not end; and
 * storms in which the number changes at random, each WEFT_TEST_SECONDS (default 1) long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include <weft.h>

#include "child.h"

static const uint32_t worker_counts[] = {1, 2, 8};
enum { COUNTS = sizeof worker_counts / sizeof *worker_counts };
enum { NO_SLICE_US = 100000000, SHORT_SLICE_US = 1000 };

static uint32_t get(const uint32_t *variable)
{
    return __atomic_load_n(variable, __ATOMIC_ACQUIRE);
}

static void set(uint32_t *variable, uint32_t value)
{
    __atomic_store_n(variable, value, __ATOMIC_RELEASE);
}

static uint32_t add(uint32_t *variable, uint32_t value)
{
    return __atomic_add_fetch(variable, value, __ATOMIC_ACQ_REL);
}

static weft_stats stats_now(void)
{
    weft_stats stats;
    weft_stats_read(&stats);
    return stats;
}

static void change(uint32_t count)
{
    WEFT_ASSERT(weft_workers(count) >= 1);
    WEFT_ASSERT(weft_workers(0) == (int)count);
    WEFT_ASSERT(stats_now().workers == count);
}

static void run(weft_fn *fn, uint32_t workers, uint32_t slice_us)
{
    const weft_options options = {.workers = workers, .slice_us = slice_us};
    assert_int_equal(weft_run_with(&options, fn, NULL), 0);
}

/* ---- how many run at once ---- */

static uint32_t expected;
static uint32_t spinning; /* now */
static uint32_t full;     /* so many did as were expected */

/* For loops that compute: weft_now is a call of ours. */
static int64_t clock_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * WEFT_SECOND + now.tv_nsec;
}

/* Until all that can are here, and then for long enough that one too many would come. */
static void spin_together(void *arg)
{
    (void)arg;
    const uint32_t count = add(&spinning, 1);
    WEFT_ASSERT(count <= get(&expected));
    if (count == get(&expected)) {
        const int64_t until_ns = clock_ns() + 5 * WEFT_MILLISECOND;
        while (clock_ns() < until_ns) {
        }
        set(&full, 1);
    }
    while (get(&full) == 0) {
    }
    (void)add(&spinning, (uint32_t)-1);
}

static void expect_at_once(uint32_t count)
{
    weft_waitgroup group = {0};
    set(&expected, count);
    set(&full, 0);
    for (uint32_t i = 0; i < 2 * count; i++) {
        WEFT_ASSERT(weft_waitgroup_go(&group, spin_together, NULL) == 0);
    }
    weft_waitgroup_wait(&group);
}

static void main_counts_who_runs_at_once(void *arg)
{
    (void)arg;
    static const uint32_t sequence[] = {1, 2, 1, 5, 3, 8, 2, 1, 4};
    for (size_t i = 0; i < sizeof sequence / sizeof *sequence; i++) {
        change(sequence[i]);
        expect_at_once(sequence[i]);
    }
}

static void test_so_many_run_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < COUNTS; i++) {
        run(main_counts_who_runs_at_once, worker_counts[i], NO_SLICE_US);
    }
}

static uint32_t stop;
static uint32_t started;

static void spin_until_stopped(void *ch)
{
    (void)add(&started, 1);
    while (get(&stop) == 0) {
    }
    weft_chan_send(ch, NULL);
}

enum { BUSY = 3 };

static void main_shrinks_under_busy_ones(void *arg)
{
    (void)arg;
    weft_chan *const ch = weft_chan_make(0, 0);
    set(&stop, 0);
    set(&started, 0);
    for (int i = 0; i < BUSY; i++) {
        WEFT_ASSERT(weft_go(spin_until_stopped, ch) == 0);
    }
    while (get(&started) < BUSY) {
        weft_yield();
    }
    change(1);
    while (stats_now().threads_at_large != BUSY) {
        weft_yield(); /* main's own thread may be one for a moment */
    }
    set(&stop, 1);
    for (int i = 0; i < BUSY; i++) {
        WEFT_ASSERT(weft_chan_recv(ch, NULL));
    }
    while (stats_now().threads_at_large != 0) {
        weft_yield();
    }
    const uint64_t threads = stats_now().threads;
    WEFT_ASSERT(stats_now().threads_spare == threads - 1);
    change((uint32_t)threads);
    WEFT_ASSERT(stats_now().threads == threads); /* no new ones */
    weft_chan_release(ch);
}

static void test_who_computes_on_a_worker_that_retires_goes_on(void **state)
{
    (void)state;
    run(main_shrinks_under_busy_ones, BUSY + 1, SHORT_SLICE_US);
}

/* ---- what a worker had ---- */

enum { QUEUED = 50 };
static uint32_t ran_so_far;

static void run_once(void *arg)
{
    (void)arg;
    (void)add(&ran_so_far, 1);
}

static void queue_some(void)
{
    for (int i = 0; i < QUEUED; i++) {
        WEFT_ASSERT(weft_go(run_once, NULL) == 0);
    }
    (void)add(&started, 1);
}

static void queue_some_and_spin(void *arg)
{
    (void)arg;
    queue_some();
    while (get(&stop) == 0) {
    }
}

/* Two queues, one of a worker that retires: main's or the other's. */
static void main_shrinks_beside_full_queues(void *arg)
{
    (void)arg;
    set(&stop, 0);
    set(&started, 0);
    set(&ran_so_far, 0);
    WEFT_ASSERT(weft_go(queue_some_and_spin, NULL) == 0);
    while (get(&started) == 0) {
        weft_yield();
    }
    queue_some();
    change(1);
    const int64_t until_ns = weft_now() + 10 * WEFT_SECOND;
    while (get(&ran_so_far) < 2 * QUEUED && weft_now() < until_ns) {
        weft_yield();
    }
    WEFT_ASSERT(get(&ran_so_far) == 2 * QUEUED);
    set(&stop, 1);
}

static void test_what_is_queued_at_a_retired_worker_runs(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        run(main_shrinks_beside_full_queues, 2, 50000);
    }
}

static void receive(void *ch)
{
    (void)weft_chan_recv(ch, NULL);
}

static void start_many(void *arg)
{
    weft_chan *const *const ch = arg;
    (void)spin_together(NULL);
    for (int i = 0; i < 100; i++) {
        WEFT_ASSERT(weft_go(receive, *ch) == 0);
    }
}

enum { STARTERS = 4, LISTED = STARTERS * 100 + 1 };

/* Goroutines on the lists, and in the queues, of all workers; none is lost. */
static void main_starts_some_everywhere(void *arg)
{
    (void)arg;
    weft_chan *ch = weft_chan_make(0, 0);
    weft_waitgroup group = {0};
    set(&expected, STARTERS);
    set(&full, 0);
    for (int i = 0; i < STARTERS; i++) {
        WEFT_ASSERT(weft_waitgroup_go(&group, start_many, &ch) == 0);
    }
    weft_waitgroup_wait(&group);
    change(1);
    char text[64] = "";
    FILE *const file = tmpfile();
    WEFT_ASSERT(file != NULL && weft_dump(fileno(file)) == 0);
    rewind(file);
    WEFT_ASSERT(fgets(text, sizeof text, file) != NULL);
    WEFT_ASSERT(strtoul(text, NULL, 10) == LISTED);
    (void)fclose(file);
    WEFT_ASSERT(stats_now().goroutines == LISTED);
    weft_chan_close(ch);
    while (stats_now().goroutines > 1) {
        weft_yield();
    }
    WEFT_ASSERT(stats_now().goroutines_started == LISTED + STARTERS);
    weft_chan_release(ch);
}

static void test_goroutines_of_a_retired_worker_are_not_lost(void **state)
{
    (void)state;
    run(main_starts_some_everywhere, STARTERS, NO_SLICE_US);
}

enum { LIMIT = 4096 };

/* A worker has places at hand: one that has retired must have none. */
static void main_fills_up(void *arg)
{
    (void)arg;
    weft_chan *const ch = weft_chan_make(0, 0);
    weft_waitgroup group = {0};
    set(&expected, STARTERS);
    set(&full, 0);
    for (int i = 0; i < STARTERS; i++) {
        WEFT_ASSERT(weft_waitgroup_go(&group, spin_together, NULL) == 0);
    }
    weft_waitgroup_wait(&group);
    change(1);
    while (stats_now().threads_at_large != 0) {
        weft_yield();
    }
    int count = 1;
    while (weft_go(receive, ch) == 0) {
        count++;
    }
    WEFT_ASSERT(count == LIMIT);
    weft_chan_close(ch);
    while (stats_now().goroutines > 1) {
        weft_yield();
    }
    weft_chan_release(ch);
}

static void test_places_of_a_retired_worker_are_given_back(void **state)
{
    (void)state;
    const weft_options options = {.workers = STARTERS,
                                  .slice_us = NO_SLICE_US,
                                  .goroutine_limit = LIMIT,
                                  .stack_size = 16384};
    assert_int_equal(weft_run_with(&options, main_fills_up, NULL), 0);
}

/* ---- refusal, the end of a run ---- */

static void main_wants_more_than_there_are_threads(void *arg)
{
    (void)arg;
    WEFT_ASSERT(weft_workers(16) == -EAGAIN);
    WEFT_ASSERT(weft_workers(0) == 2 && stats_now().workers == 2);
    expect_at_once(2);
    WEFT_ASSERT(weft_workers(4) == 2);
    expect_at_once(4);
    WEFT_ASSERT(stats_now().threads == 4);
}

static void test_without_threads_nothing_changes(void **state)
{
    (void)state;
    const weft_options options = {.workers = 2, .thread_limit = 4, .slice_us = NO_SLICE_US};
    assert_int_equal(weft_run_with(&options, main_wants_more_than_there_are_threads, NULL), 0);
}

static void change_for_ever(void *arg)
{
    for (uint32_t i = 0;; i++) {
        (void)weft_workers(1 + (i * 7 + *(const uint32_t *)arg) % 5);
    }
}

/* Changes are broken off, perhaps in the middle; the next run knows nothing of them. */
static void main_ends_during_changes(void *arg)
{
    static const uint32_t offsets[] = {0, 3};
    (void)arg;
    WEFT_ASSERT(weft_workers(0) == 2);
    (void)weft_go(change_for_ever, (void *)(uintptr_t)&offsets[0]);
    (void)weft_go(change_for_ever, (void *)(uintptr_t)&offsets[1]);
    weft_sleep(2 * WEFT_MILLISECOND);
}

static void test_a_run_may_end_during_a_change(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        run(main_ends_during_changes, 2, SHORT_SLICE_US);
    }
}

static void main_deadlocks(void *arg)
{
    change(*(const uint32_t *)arg);
    weft_sleep(WEFT_MILLISECOND);
    weft_chan_send(NULL, NULL);
}

static void main_changes_and_deadlocks(void *arg)
{
    change(3);
    weft_sleep(WEFT_MILLISECOND);
    change(5);
    main_deadlocks(arg);
}

static int run_deadlock(const void *count)
{
    uint32_t last = *(const uint32_t *)count;
    return weft_run_with(&(weft_options){.workers = 2}, main_changes_and_deadlocks, &last);
}

static void test_a_deadlock_is_seen_whatever_the_number(void **state)
{
    (void)state;
    for (int i = 0; i < COUNTS; i++) {
        child c;
        child_run(&c, run_deadlock, &worker_counts[i]);
        assert_true(WIFEXITED(c.status) && WEXITSTATUS(c.status) == 2);
        assert_non_null(strstr(c.said, "all goroutines are asleep - deadlock!"));
    }
}

/* ---- a trace ---- */

static char trace_path[] = "/tmp/weft_worker_count_XXXXXX";

static void main_traces(void *arg)
{
    (void)arg;
    change(2);
    WEFT_ASSERT(weft_trace_start(trace_path) == 0);
    expect_at_once(2);
    change(6);
    expect_at_once(6);
    change(1);
    WEFT_ASSERT(weft_trace_stop() == 0);
}

static void test_a_trace_knows_workers_that_are_made_meanwhile(void **state)
{
    (void)state;
    static char text[1 << 20];
    const int fd = mkstemp(trace_path);
    assert_true(fd >= 0);
    run(main_traces, 1, NO_SLICE_US);
    const ssize_t size = read(fd, text, sizeof text - 1);
    assert_true(size > 0);
    assert_non_null(strstr(text, "{\"name\":\"worker 1\"}"));
    assert_non_null(strstr(text, "{\"name\":\"worker 5\"}"));
    assert_null(strstr(text, "{\"name\":\"worker 6\"}"));
    assert_non_null(strstr(text, "\"tid\":5,\"ts\"")); /* it ran something */
    (void)close(fd);
    (void)unlink(trace_path);
}

/* ---- with one worker there are no atomic instructions ---- */

enum { HAMMERS = 4, BLOWS = 20000 };
static uint32_t values; /* sent and not received */

/* None of it parks, so as many do it at once as there are workers. */
static void hammer(void *ch)
{
    spin_together(NULL);
    for (uint32_t i = 0; i < BLOWS; i++) {
        (void)add(&values, weft_chan_try_send(ch, &i) == 0 ? 1 : 0);
        (void)add(&values, weft_chan_try_recv(ch, NULL) == 0 ? (uint32_t)-1 : 0);
    }
}

static void main_hammers_behind_changes(void *arg)
{
    (void)arg;
    weft_chan *const ch = weft_chan_make(sizeof(uint32_t), BLOWS);
    for (uint32_t count = 1; count <= HAMMERS; count++) {
        weft_waitgroup group = {0};
        change(1);
        change(count);
        set(&expected, count);
        set(&full, 0);
        for (int k = 0; k < HAMMERS; k++) {
            WEFT_ASSERT(weft_waitgroup_go(&group, hammer, ch) == 0);
        }
        weft_waitgroup_wait(&group);
        WEFT_ASSERT(weft_chan_len(ch) == get(&values));
    }
    weft_chan_release(ch);
}

static void test_locks_hold_behind_changes(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        run(main_hammers_behind_changes, 1, NO_SLICE_US);
    }
}

/* ---- storms ---- */

static uint32_t over;
static weft_chan *anvil;
static weft_mutex mutex;
static uint64_t counted; /* under it */
static uint32_t wanted;  /* of those */

static void ping(void *ch)
{
    weft_chan *const *const ends = ch;
    for (uint64_t i = 0; get(&over) == 0; i++) {
        uint64_t back = 0;
        weft_chan_send(ends[0], &i);
        WEFT_ASSERT(weft_chan_recv(ends[1], &back) && back == i + 1);
    }
    weft_chan_close(ends[0]);
}

static void pong(void *ch)
{
    weft_chan *const *const ends = ch;
    uint64_t value = 0;
    while (weft_chan_recv(ends[0], &value)) {
        value++;
        weft_chan_send(ends[1], &value);
    }
}

static void count_under_mutex(void *arg)
{
    (void)arg;
    while (get(&over) == 0) {
        weft_mutex_lock(&mutex);
        counted++;
        weft_mutex_unlock(&mutex);
        (void)add(&wanted, 1);
    }
}

static void sleep_often(void *arg)
{
    (void)arg;
    for (uint32_t i = 0; get(&over) == 0; i++) {
        const int64_t before_ns = weft_now();
        weft_sleep((i % 7) * 100 * WEFT_MICROSECOND);
        WEFT_ASSERT(weft_now() - before_ns < 5 * WEFT_SECOND);
    }
}

static void do_nothing(void *arg)
{
    (void)add(arg, 1);
}

static void start_crowds(void *arg)
{
    (void)arg;
    while (get(&over) == 0) {
        uint32_t ran = 0;
        weft_waitgroup group = {0};
        for (int i = 0; i < 300; i++) {
            WEFT_ASSERT(weft_waitgroup_go(&group, do_nothing, &ran) == 0);
        }
        weft_waitgroup_wait(&group);
        WEFT_ASSERT(get(&ran) == 300);
    }
}

static void block(void *arg)
{
    (void)arg;
    (void)usleep(500);
}

static void compute_and_block(void *arg)
{
    (void)arg;
    for (uint32_t i = 0; get(&over) == 0; i++) {
        const int64_t until_ns = clock_ns() + (i % 4) * WEFT_MILLISECOND;
        while (clock_ns() < until_ns) {
        }
        if (i % 3 == 0) {
            weft_blocking(block, NULL);
        } else {
            weft_yield();
        }
    }
}

static void change_at_random(void *arg)
{
    (void)arg;
    while (get(&over) == 0) {
        const uint32_t kind = weft_choose(4);
        (void)weft_workers(kind == 0 ? 1 : 1 + weft_choose(kind == 1 ? 20 : 4));
        if (kind == 2) {
            weft_sleep(weft_choose(1000) * WEFT_MICROSECOND);
        }
    }
}

/* From all to one, over and over. */
static void change_to_one_and_back(void *arg)
{
    (void)arg;
    while (get(&over) == 0) {
        (void)weft_workers(4);
        weft_yield();
        (void)weft_workers(1);
    }
}

static void hammer_on(void *arg)
{
    (void)arg;
    while (get(&over) == 0) {
        (void)add(&values, weft_chan_try_send(anvil, &(uint32_t){0}) == 0 ? 1 : 0);
        (void)add(&values, weft_chan_try_recv(anvil, NULL) == 0 ? (uint32_t)-1 : 0);
    }
}

static void storm(weft_fn *const *all, size_t count)
{
    const char *const seconds = getenv("WEFT_TEST_SECONDS");
    const int64_t until_ns = weft_now() + (seconds == NULL ? 1 : atoi(seconds)) * WEFT_SECOND;
    weft_chan *ends[] = {weft_chan_make(sizeof(uint64_t), 0), weft_chan_make(sizeof(uint64_t), 0)};
    weft_waitgroup group = {0};
    set(&over, 0);
    set(&wanted, 0);
    counted = 0;
    anvil = weft_chan_make(sizeof(uint32_t), BLOWS);
    (void)weft_waitgroup_go(&group, ping, ends);
    (void)weft_waitgroup_go(&group, pong, ends);
    for (size_t i = 0; i < count; i++) {
        (void)weft_waitgroup_go(&group, all[i], NULL);
    }
    while (weft_now() < until_ns) {
        weft_sleep(WEFT_MILLISECOND);
    }
    set(&over, 1);
    weft_waitgroup_wait(&group);
    WEFT_ASSERT((uint32_t)counted == get(&wanted));
    WEFT_ASSERT(weft_chan_len(anvil) == get(&values));
    weft_chan_release(ends[0]);
    weft_chan_release(ends[1]);
    weft_chan_release(anvil);
}

static void main_storms(void *arg)
{
    (void)arg;
    static weft_fn *const all[] = {count_under_mutex, count_under_mutex, sleep_often,
                                   start_crowds,      compute_and_block, compute_and_block,
                                   change_at_random,  change_at_random};
    storm(all, sizeof all / sizeof *all);
}

/* Whoever is alone too early is not alone. */
static void main_storms_in_and_out_of_one(void *arg)
{
    (void)arg;
    static weft_fn *const all[] = {hammer_on,    hammer_on,    hammer_on,
                                   start_crowds, start_crowds, change_to_one_and_back};
    storm(all, sizeof all / sizeof *all);
}

static void test_nothing_is_lost_in_storms(void **state)
{
    (void)state;
    for (int i = 0; i < COUNTS; i++) {
        run(main_storms, worker_counts[i], SHORT_SLICE_US);
    }
    run(main_storms_in_and_out_of_one, 1, SHORT_SLICE_US);
}

/* Nobody computes: whoever is not woken is missed. */
static void main_is_calm(void *arg)
{
    (void)arg;
    weft_chan *ends[] = {weft_chan_make(sizeof(uint64_t), 0), weft_chan_make(sizeof(uint64_t), 0)};
    weft_waitgroup group = {0};
    set(&over, 0);
    (void)weft_waitgroup_go(&group, ping, ends);
    (void)weft_waitgroup_go(&group, pong, ends);
    for (int i = 0; i < 300; i++) {
        change(1 + weft_choose(6));
        weft_sleep(weft_choose(3) * 100 * WEFT_MICROSECOND);
    }
    set(&over, 1);
    weft_waitgroup_wait(&group);
    weft_chan_release(ends[0]);
    weft_chan_release(ends[1]);
}

static void test_nobody_is_forgotten_when_it_is_calm(void **state)
{
    (void)state;
    for (int i = 0; i < COUNTS; i++) {
        run(main_is_calm, worker_counts[i], NO_SLICE_US);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_so_many_run_at_once),
        cmocka_unit_test(test_who_computes_on_a_worker_that_retires_goes_on),
        cmocka_unit_test(test_what_is_queued_at_a_retired_worker_runs),
        cmocka_unit_test(test_goroutines_of_a_retired_worker_are_not_lost),
        cmocka_unit_test(test_places_of_a_retired_worker_are_given_back),
        cmocka_unit_test(test_without_threads_nothing_changes),
        cmocka_unit_test(test_a_run_may_end_during_a_change),
        cmocka_unit_test(test_a_deadlock_is_seen_whatever_the_number),
        cmocka_unit_test(test_a_trace_knows_workers_that_are_made_meanwhile),
        cmocka_unit_test(test_locks_hold_behind_changes),
        cmocka_unit_test(test_nothing_is_lost_in_storms),
        cmocka_unit_test(test_nobody_is_forgotten_when_it_is_calm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
