/* retake_test.c: goroutines that keep their thread: by computing, by blocking in the kernel, with
 * and without weft_blocking; and what becomes of their workers.
 * Method: each program can come to its end only if somebody else gets the worker. The stress runs
 * WEFT_TEST_SECONDS (default 1) for each number of workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include <weft.h>

#include "child.h"
#include "core/object.h"

static const uint32_t worker_counts[] = {1, 2, 8};
enum { WORKER_COUNTS = 3 };

static uint32_t stop; /* atomic, like the others that several goroutines write */
static uint32_t ended;

static uint32_t get(const uint32_t *variable)
{
    return __atomic_load_n(variable, __ATOMIC_ACQUIRE);
}

static void set(uint32_t *variable, uint32_t value)
{
    __atomic_store_n(variable, value, __ATOMIC_RELEASE);
}

static void add_one(uint32_t *variable)
{
    (void)__atomic_add_fetch(variable, 1, __ATOMIC_ACQ_REL);
}

static int run(uint32_t workers, weft_fn *fn, void *arg)
{
    set(&stop, 0);
    set(&ended, 0);
    return weft_run_with(&(weft_options){.workers = workers, .slice_us = 1000}, fn, arg);
}

static void run_with_each_count(weft_fn *fn)
{
    for (int i = 0; i < WORKER_COUNTS; i++) {
        uint32_t workers = worker_counts[i];
        assert_int_equal(run(workers, fn, &workers), 0);
    }
}

/* ---- computing ---- */

static void spin_until_stopped(void *arg)
{
    (void)arg;
    while (get(&stop) == 0) {
    }
    add_one(&ended);
}

static void sleep_behind_busy(void *workers)
{
    const uint32_t count = *(const uint32_t *)workers + 1;
    for (uint32_t i = 0; i < count; i++) {
        (void)weft_go(spin_until_stopped, NULL);
    }
    weft_yield();
    for (int i = 0; i < 5; i++) {
        weft_sleep(WEFT_MILLISECOND);
    }
    set(&stop, 1);
    while (get(&ended) < count) {
        weft_yield();
    }
}

static void test_busy_goroutines_do_not_starve_a_timer(void **state)
{
    (void)state;
    run_with_each_count(sleep_behind_busy);
}

/* Compilers keep the address of errno across calls; a goroutine changes its thread in some. */
static __attribute__((noinline)) void write_errno(int value)
{
    errno = value;
}

static __attribute__((noinline)) int read_errno(void)
{
    __asm__ volatile("" ::: "memory");
    return errno;
}

/* What a busy goroutine does next finds it without a worker. */
static void lose_worker_and_send(void *ch)
{
    while (get(&stop) == 0) {
    }
    write_errno(ENOTTY);
    weft_chan_send(ch, NULL);
    add_one(&ended);
    (void)weft_go(spin_until_stopped, NULL);
    if (read_errno() != ENOTTY) {
        weft_panic("errno is another thread's");
    }
}

static void receive_from_lost(void *workers)
{
    const uint32_t count = *(const uint32_t *)workers + 1;
    weft_chan *const ch = weft_chan_make(0, 0);
    for (uint32_t i = 0; i < count; i++) {
        (void)weft_go(lose_worker_and_send, ch);
    }
    weft_sleep(5 * WEFT_MILLISECOND);
    set(&stop, 1);
    for (uint32_t i = 0; i < count; i++) {
        (void)weft_chan_recv(ch, NULL);
    }
    while (get(&ended) < 2 * count) {
        weft_yield();
    }
    weft_chan_release(ch);
}

static void test_a_goroutine_that_lost_its_worker_goes_on(void **state)
{
    (void)state;
    run_with_each_count(receive_from_lost);
}

static void spin_for_ever(void *arg)
{
    (void)arg;
    for (;;) {
        __asm__ volatile("");
    }
}

static void leave_one_spinning(void *arg)
{
    (void)arg;
    (void)weft_go(spin_for_ever, NULL);
    weft_sleep(WEFT_MILLISECOND);
}

/* In a child: nobody stops it but the end of the process. */
static int end_beside_busy(const void *arg)
{
    (void)arg;
    int failed = weft_run_with(&(weft_options){.workers = 2}, leave_one_spinning, NULL);
    uint32_t workers = 1;
    failed += run(workers, sleep_behind_busy, &workers); /* another run does not mind */
    return failed;
}

static void see_alone(void *ret_alone)
{
    *(uint32_t *)ret_alone = get(&weft__bias_state.alone);
}

/* What another run has left behind may take a lock until it notices: no lock is biased. */
static int run_beside_what_is_left(const void *arg)
{
    (void)arg;
    uint32_t before = 0;
    uint32_t after = 0;
    int failed = run(1, see_alone, &before); /* 0 where there is no membarrier */
    failed += run(1, leave_one_spinning, NULL);
    failed += run(1, see_alone, &after);
    return failed != 0 || after != 0 ? 1 : before == 0 ? 2 : 0;
}

static void test_a_run_is_not_alone_beside_what_another_has_left(void **state)
{
    (void)state;
    static child c;
    child_run(&c, run_beside_what_is_left, NULL);
    if (child_exit(&c) == 2) {
        skip();
    }
    assert_int_equal(child_exit(&c), 0);
}

static void test_a_run_ends_beside_a_busy_goroutine(void **state)
{
    (void)state;
    static child c;
    child_run(&c, end_beside_busy, NULL);
    assert_int_equal(child_exit(&c), 0);
    assert_string_equal(c.said, "");
}

/* ---- blocking ---- */

static void nap(void *milliseconds)
{
    const struct timespec time = {.tv_nsec = *(const long *)milliseconds * 1000000};
    struct timespec left = time;
    while (nanosleep(&left, &left) != 0) {
    }
}

/* Blocks until somebody else has run. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static uint32_t arrived;

static void wait_for_all(void *count)
{
    (void)pthread_mutex_lock(&mutex);
    arrived++;
    (void)pthread_cond_broadcast(&changed);
    while (arrived < *(const uint32_t *)count) {
        (void)pthread_cond_wait(&changed, &mutex);
    }
    (void)pthread_mutex_unlock(&mutex);
    add_one(&ended);
}

static void wait_aside(void *count)
{
    weft_blocking(wait_for_all, count);
}

static void meet_in_kernel(weft_fn *fn, uint32_t workers)
{
    static uint32_t count;
    count = workers + 3;
    arrived = 0;
    for (uint32_t i = 0; i < count; i++) {
        (void)weft_go(fn, &count);
    }
    while (get(&ended) < count) {
        weft_sleep(WEFT_MILLISECOND);
    }
}

static void meet_in_weft_blocking(void *workers)
{
    meet_in_kernel(wait_aside, *(const uint32_t *)workers);
}

static void meet_unannounced(void *workers)
{
    meet_in_kernel(wait_for_all, *(const uint32_t *)workers);
}

static void test_more_goroutines_block_than_there_are_workers(void **state)
{
    (void)state;
    run_with_each_count(meet_in_weft_blocking);
    run_with_each_count(meet_unannounced);
}

static void test_blocking_outside_of_a_goroutine_is_a_call(void **state)
{
    (void)state;
    uint32_t one = 1;
    arrived = 0;
    set(&ended, 0);
    weft_blocking(wait_for_all, &one);
    assert_int_equal(get(&ended), 1);
}

/* ---- the last one to run is a goroutine without a worker ---- */

static void park_for_ever(void *ch)
{
    long milliseconds = 5;
    weft_blocking(nap, &milliseconds);
    (void)weft_chan_recv(ch, NULL);
}

static void deadlock_after_blocking(void *arg)
{
    (void)arg;
    weft_chan *const ch = weft_chan_make(0, 0);
    (void)weft_go(park_for_ever, ch);
    (void)weft_go(park_for_ever, ch);
    (void)weft_chan_recv(ch, NULL);
}

static int run_deadlock(const void *workers)
{
    return run(*(const uint32_t *)workers, deadlock_after_blocking, NULL);
}

static void test_a_deadlock_is_seen_behind_blocking_calls(void **state)
{
    (void)state;
    static child c;
    for (int i = 0; i < WORKER_COUNTS; i++) {
        child_run(&c, run_deadlock, &worker_counts[i]);
        assert_int_equal(child_exit(&c), 2);
        assert_non_null(strstr(c.said, "all goroutines are asleep - deadlock!"));
    }
}

/* ---- and no deadlock is seen while a goroutine is on its way into or out of weft_blocking ---- */

static void do_nothing(void *arg)
{
    (void)arg;
}

static void block_and_send(void *ch)
{
    weft_blocking(do_nothing, NULL);
    weft_chan_send(ch, NULL);
}

static void receive_from_blocking(void *arg)
{
    enum { ROUNDS = 20000 };
    (void)arg;
    weft_chan *const ch = weft_chan_make(0, 0);
    for (int i = 0; i < ROUNDS; i++) {
        (void)weft_go(block_and_send, ch);
        (void)weft_go(block_and_send, ch);
        (void)weft_chan_recv(ch, NULL);
        (void)weft_chan_recv(ch, NULL);
    }
    weft_chan_release(ch);
}

static int run_blocking(const void *workers)
{
    return run(*(const uint32_t *)workers, receive_from_blocking, NULL);
}

static void test_blocking_is_not_taken_for_a_deadlock(void **state)
{
    (void)state;
    static child c;
    for (int i = 0; i < WORKER_COUNTS; i++) {
        child_run(&c, run_blocking, &worker_counts[i]);
        assert_string_equal(c.said, "");
        assert_int_equal(child_exit(&c), 0);
    }
}

/* ---- the limit ---- */

static void nap_beside_nap(void *arg)
{
    (void)arg;
    long milliseconds = 20;
    (void)weft_go(nap, &milliseconds);
    weft_blocking(nap, &milliseconds);
    weft_sleep(30 * WEFT_MILLISECOND);
}

static int run_at_limit(const void *arg)
{
    (void)arg;
    return weft_run_with(&(weft_options){.workers = 1, .thread_limit = 1}, nap_beside_nap, NULL);
}

static int run_below_limit(const void *arg)
{
    (void)arg;
    return weft_run_with(&(weft_options){.workers = 2, .thread_limit = 1}, nap_beside_nap, NULL) ==
                   -EINVAL
               ? 7
               : 0;
}

static void test_the_limit_of_threads_is_told_once(void **state)
{
    (void)state;
    static child c;
    child_run(&c, run_at_limit, NULL);
    assert_int_equal(child_exit(&c), 0);
    assert_string_equal(
        c.said, "weft: all 1 threads are busy or blocked (WEFT_THREADS): goroutines wait\n");
    child_run(&c, run_below_limit, NULL);
    assert_int_equal(child_exit(&c), 7);
    assert_string_equal(
        c.said, "weft: 1 threads (WEFT_THREADS) are too few for 2 workers (WEFT_WORKERS)\n");
}

/* ---- stress: malloc, stdio and libm under short slices ---- */

static _Thread_local int depth; /* of this thread: a goroutine does not change it on the way */

static __attribute__((noinline)) void work_hard(uint32_t round)
{
    char text[64];
    const size_t size = 16 + round % 977;
    char *const memory = malloc(size);
    depth++;
    errno = (int)(round % 100);
    const double value = sin((double)round) * 1e6;
    const int saved = errno;
    (void)snprintf(text, sizeof text, "%.9g %u", value, round);
    memset(memory, (int)(round & 0xff), size);
    double back = 0;
    unsigned number = 0;
    if (sscanf(text, "%lf %u", &back, &number) != 2 || number != round ||
        fabs(back - value) > 1e-2 || memory[size - 1] != (char)(round & 0xff) || depth != 1 ||
        saved != (int)(round % 100)) {
        weft_panic("a goroutine has met another one's state");
    }
    depth--;
    free(memory);
}

static void be_busy(void *arg)
{
    (void)arg;
    for (uint32_t round = 0; get(&stop) == 0; round++) {
        work_hard(round);
        if (round % 4096 == 4095) {
            weft_yield();
        }
    }
    add_one(&ended);
}

static void keep_busy(void *workers)
{
    const char *const seconds = getenv("WEFT_TEST_SECONDS");
    const uint32_t count = *(const uint32_t *)workers + 1;
    const int64_t until_ns = weft_now() + (seconds == NULL ? 1 : atoi(seconds)) * WEFT_SECOND;
    for (uint32_t i = 0; i < count; i++) {
        (void)weft_go(be_busy, NULL);
    }
    while (weft_now() < until_ns) {
        weft_sleep(WEFT_MILLISECOND);
    }
    set(&stop, 1);
    while (get(&ended) < count) {
        weft_sleep(WEFT_MILLISECOND);
    }
}

static void test_nothing_is_mixed_up_under_short_slices(void **state)
{
    (void)state;
    run_with_each_count(keep_busy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_busy_goroutines_do_not_starve_a_timer),
        cmocka_unit_test(test_a_goroutine_that_lost_its_worker_goes_on),
        cmocka_unit_test(test_a_run_ends_beside_a_busy_goroutine),
        cmocka_unit_test(test_a_run_is_not_alone_beside_what_another_has_left),
        cmocka_unit_test(test_more_goroutines_block_than_there_are_workers),
        cmocka_unit_test(test_blocking_outside_of_a_goroutine_is_a_call),
        cmocka_unit_test(test_a_deadlock_is_seen_behind_blocking_calls),
        cmocka_unit_test(test_blocking_is_not_taken_for_a_deadlock),
        cmocka_unit_test(test_the_limit_of_threads_is_told_once),
        cmocka_unit_test(test_nothing_is_mixed_up_under_short_slices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
