/* poll_test.c: WEFT_POLL lets others run in time, on the same thread, and costs them no slice. */
#include <weft.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct {
    atomic_bool stop;
    bool polls;
    pthread_t computing_on;
    pthread_t waiting_on;
} shared;

static void stop_it(void *arg)
{
    (void)arg;
    shared.waiting_on = pthread_self();
    atomic_store(&shared.stop, true);
}

/* The only worker is computing; whoever waits can run on its thread, or on another one. */
static void compute(void *arg)
{
    (void)arg;
    shared.computing_on = pthread_self();
    assert_int_equal(weft_go(stop_it, NULL), 0);
    while (!atomic_load_explicit(&shared.stop, memory_order_relaxed)) {
        if (shared.polls) {
            WEFT_POLL();
        }
    }
}

static void run(bool polls)
{
    const weft_options options = {.workers = 1, .slice_us = 400000};
    atomic_store(&shared.stop, false);
    shared.polls = polls;
    assert_int_equal(weft_run_with(&options, compute, NULL), 0);
}

static void test_who_polls_shares_its_thread(void **state)
{
    (void)state;
    run(true);
    assert_true(pthread_equal(shared.computing_on, shared.waiting_on));
}

static void test_who_does_not_loses_its_worker(void **state)
{
    (void)state;
    run(false);
    assert_false(pthread_equal(shared.computing_on, shared.waiting_on));
}

static void sleep_and_stop(void *arg)
{
    weft_sleep(WEFT_MILLISECOND);
    stop_it(arg);
}

static void compute_beside_a_timer(void *arg)
{
    (void)arg;
    shared.computing_on = pthread_self();
    assert_int_equal(weft_go(sleep_and_stop, NULL), 0);
    weft_yield();
    while (!atomic_load_explicit(&shared.stop, memory_order_relaxed)) {
        WEFT_POLL();
    }
}

static void test_a_late_timer_need_not_wait_for_half_a_slice(void **state)
{
    (void)state;
    const weft_options options = {.workers = 1, .slice_us = 3600000000};
    atomic_store(&shared.stop, false);
    assert_int_equal(weft_run_with(&options, compute_beside_a_timer, NULL), 0);
}

static void test_polling_outside_of_a_run_does_nothing(void **state)
{
    (void)state;
    WEFT_POLL();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_polls_shares_its_thread),
        cmocka_unit_test(test_who_does_not_loses_its_worker),
        cmocka_unit_test(test_a_late_timer_need_not_wait_for_half_a_slice),
        cmocka_unit_test(test_polling_outside_of_a_run_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
