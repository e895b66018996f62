/* run_test.c: weft_run, and what may be called outside of it.
 *
 * Goal:   the beginning and the end of a program, its limit of goroutines, and that it can be run
 *         again. What main_fn checks, it checks with WEFT_ASSERT: weft_run then returns not 0.
 * Source: Go spec, "Program execution"; weft.h, "Running a program". */
#include <weft/cmocka.h>

#include <errno.h>
#include <stdatomic.h>

static void do_nothing(void *arg)
{
    (void)arg;
}

static void count_up(void *arg)
{
    atomic_fetch_add((atomic_int *)arg, 1);
}

static void park_for_ever(void *arg)
{
    (void)arg;
    weft_chan_recv(NULL, NULL);
}

static void test_outside_of_a_goroutine_the_id_is_zero_and_the_name_empty(void **state)
{
    (void)state;
    assert_int_equal(weft_id(), 0);
    assert_string_equal(weft_name(), "");
}

static const weft_options quick = {.name = "quick", .schedules = 20, .report = "none"};

static void write_through(void *arg)
{
    *(int *)arg = 42;
}

static void test_run_passes_the_argument_and_returns_zero(void **state)
{
    (void)state;
    int value = 0;
    assert_int_equal(weft_run_with(&quick, write_through, &value), 0);
    assert_int_equal(value, 42);
}

static void start_ten(void *arg)
{
    (void)arg;
    weft_waitgroup ended = {0};
    atomic_int count = 0;
    for (int i = 0; i < 10; i++) {
        WEFT_ASSERT(weft_waitgroup_go(&ended, count_up, &count) == 0);
    }
    weft_waitgroup_wait(&ended);
    WEFT_ASSERT(atomic_load(&count) == 10);
}

static void test_run_may_be_called_again(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(weft_run_with(&quick, start_ten, NULL), 0);
    }
}

static void test_run_works_with_any_number_of_workers(void **state)
{
    (void)state;
    static const uint32_t workers[] = {1, 2, 8};
    for (size_t i = 0; i < 3; i++) {
        weft_options options = quick;
        options.workers = workers[i];
        assert_int_equal(weft_run_with(&options, start_ten, NULL), 0);
    }
}

static void leave_goroutines_behind(void *arg)
{
    (void)arg;
    const weft_go_options options = {.name = "daemon", .daemon = true};
    WEFT_ASSERT(weft_go_with(&options, park_for_ever, NULL) == 0);
    WEFT_ASSERT(weft_go_with(&options, do_nothing, NULL) == 0);
}

static void test_run_returns_though_daemons_are_parked(void **state)
{
    (void)state;
    assert_int_equal(weft_run_with(&quick, leave_goroutines_behind, NULL), 0);
    assert_int_equal(weft_run_with(&quick, start_ten, NULL), 0);
}

static void wait_at_the_gate(void *arg)
{
    weft_waitgroup_wait(arg);
}

/* Whether main counts is not said: so 3 or 2 others can be alive. */
static void go_to_the_limit(void *arg)
{
    (void)arg;
    weft_waitgroup gate = {0};
    weft_waitgroup ended = {0};
    int started = 0;
    int error = 0;
    weft_waitgroup_add(&gate, 1);
    while (started < 10 && error == 0) {
        error = weft_waitgroup_go(&ended, wait_at_the_gate, &gate);
        started += error == 0;
    }
    WEFT_ASSERT(error == -EAGAIN);
    WEFT_ASSERT(started == 2 || started == 3);
    WEFT_ASSERT(weft_go(do_nothing, NULL) == -EAGAIN);
    weft_waitgroup_done(&gate);
    weft_waitgroup_wait(&ended); /* returns: those that failed were not counted */
}

static void test_go_fails_at_the_goroutine_limit(void **state)
{
    (void)state;
    weft_options options = quick;
    options.goroutine_limit = 3;
    assert_int_equal(weft_run_with(&options, go_to_the_limit, NULL), 0);
}

static void run_nested(void *arg)
{
    (void)arg;
    WEFT_ASSERT(weft_run_with(&quick, do_nothing, NULL) == -EINVAL);
}

static void test_nested_run_is_refused(void **state)
{
    (void)state;
    weft_options options = quick;
    options.schedules = 1;
    assert_int_equal(weft_run_with(&options, run_nested, NULL), 0);
}

static void exit_early(void *ended)
{
    weft_waitgroup_done(ended);
    weft_exit();
}

static void wait_for_end(void *ended)
{
    weft_waitgroup_wait(ended);
}

/* The goroutine of a timer that was made before the run is not taken for main. */
static void test_timer_made_before_the_run_fires_in_it(void **state)
{
    (void)state;
    weft_waitgroup ended = {0};
    weft_waitgroup_add(&ended, 1);
    weft_timer *const timer = weft_timer_after_func(1, exit_early, &ended);
    assert_non_null(timer);
    assert_int_equal(weft_run_with(&quick, wait_for_end, &ended), 0);
    weft_timer_release(timer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outside_of_a_goroutine_the_id_is_zero_and_the_name_empty),
        cmocka_unit_test(test_run_passes_the_argument_and_returns_zero),
        cmocka_unit_test(test_run_may_be_called_again),
        cmocka_unit_test(test_run_works_with_any_number_of_workers),
        cmocka_unit_test(test_run_returns_though_daemons_are_parked),
        cmocka_unit_test(test_go_fails_at_the_goroutine_limit),
        cmocka_unit_test(test_nested_run_is_refused),
        cmocka_unit_test(test_timer_made_before_the_run_fires_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
