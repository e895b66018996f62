/* order_test.c: who goes first at locks and semaphores. With idle timers a sleeping main knows that
 * all others have parked, so that the orders can be checked exactly. */
#include "../support/explore.h"

static weft_rwmutex rwmutex;
static weft_sema sema;
static weft_mutex mutex;
static weft_cond cond;
static int order;

static void explore_idle(weft_fn *fn)
{
    weft_result result;
    const weft_options options = {.name = "test", .schedules = 300, .timers = "idle"};
    (void)weft_explore(&options, fn, NULL, &result);
    if (result.finding_count != 0) {
        print_error("%s\n", result.findings[0].message);
    }
    assert_int_equal(result.finding_count, 0);
    weft_result_clear(&result);
}

static void wait_until_all_are_parked(void)
{
    weft_sleep(WEFT_MILLISECOND);
}

static void write_locked(void *arg)
{
    (void)arg;
    weft_rwmutex_lock(&rwmutex);
    weft_rwmutex_unlock(&rwmutex);
}

static void keep_readers_out(void *arg)
{
    (void)arg;
    weft_rwmutex_rlock(&rwmutex);
    WEFT_ASSERT(weft_rwmutex_try_rlock(&rwmutex));
    weft_rwmutex_runlock(&rwmutex);
    weft_go(write_locked, NULL);
    wait_until_all_are_parked();
    WEFT_ASSERT(!weft_rwmutex_try_rlock(&rwmutex));
    weft_rwmutex_runlock(&rwmutex);
}

/* sync.RWMutex: "no goroutine should expect to be able to acquire a read lock until the initial
 * read lock is released" once a writer waits. */
static void test_waiting_writer_keeps_new_readers_out(void **state)
{
    (void)state;
    explore_idle(keep_readers_out);
}

static void acquire_two(void *arg)
{
    (void)arg;
    weft_sema_acquire(&sema, 2);
    weft_sema_release(&sema, 2);
}

static void keep_small_requests_waiting(void *arg)
{
    (void)arg;
    sema = WEFT_SEMA(2);
    weft_sema_acquire(&sema, 1);
    weft_go(acquire_two, NULL);
    wait_until_all_are_parked();
    WEFT_ASSERT(!weft_sema_try_acquire(&sema, 1));
    weft_sema_release(&sema, 1);
}

/* x/sync/semaphore: a large request is not starved by small ones. */
static void test_waiting_large_request_is_not_overtaken(void **state)
{
    (void)state;
    explore_idle(keep_small_requests_waiting);
}

static void lock_in_turn(void *number)
{
    weft_mutex_lock(&mutex);
    WEFT_ASSERT(order == *(const int *)number);
    order++;
    weft_mutex_unlock(&mutex);
}

static void queue_three(void *arg)
{
    (void)arg;
    static const int numbers[] = {0, 1, 2};
    weft_mutex_lock(&mutex);
    for (int i = 0; i < 3; i++) {
        weft_go(lock_in_turn, (void *)(uintptr_t)&numbers[i]);
        wait_until_all_are_parked();
    }
    weft_mutex_unlock(&mutex);
}

static void test_mutex_is_handed_over_in_order_of_arrival(void **state)
{
    (void)state;
    explore_idle(queue_three);
}

static void wait_for_signal(void *arg)
{
    (void)arg;
    weft_mutex_lock(&mutex);
    weft_cond_wait(&cond, &mutex);
    weft_mutex_unlock(&mutex);
}

/* The signal comes without the lock: also between queueing and parking. */
static void signal_without_lock(void *arg)
{
    (void)arg;
    weft_go(wait_for_signal, NULL);
    weft_cond_signal(&cond);
    wait_until_all_are_parked();
    weft_cond_broadcast(&cond);
}

static void test_signal_may_come_between_queueing_and_parking(void **state)
{
    (void)state;
    explore_idle(signal_without_lock);
}

static void receive_for_ever(void *arg)
{
    (void)arg;
    weft_chan *const nobody_sends = weft_chan_make(0, 0);
    (void)weft_chan_recv(nobody_sends, NULL);
}

static void leak_beside_a_ticker(void *arg)
{
    (void)arg;
    weft_go(receive_for_ever, NULL);
    (void)!weft_ticker_make(WEFT_MILLISECOND);
}

/* The ticker could fire for ever: it must not hide the leak. */
static void test_forgotten_ticker_does_not_hide_a_leak(void **state)
{
    (void)state;
    weft_result r = explore_expecting(leak_beside_a_ticker, WEFT_FOUND_LEAK);
    weft_result_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waiting_writer_keeps_new_readers_out),
        cmocka_unit_test(test_waiting_large_request_is_not_overtaken),
        cmocka_unit_test(test_mutex_is_handed_over_in_order_of_arrival),
        cmocka_unit_test(test_signal_may_come_between_queueing_and_parking),
        cmocka_unit_test(test_forgotten_ticker_does_not_hide_a_leak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
