/* group_test.c: groups of goroutines that work on one task.
 *
 * Goal:   which error wait returns, and when; what cancels the group's context; how many run at
 *         once.
 * Source: golang.org/x/sync/errgroup docs. */
#include <weft/cmocka.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>

enum { FEW = 4, MANY = 20 };

typedef struct shared {
    weft_group group;
    weft_context *context;
    weft_waitgroup gate;
    weft_waitgroup begun;
    weft_waitgroup met;
    atomic_int calls;
    atomic_int inside;
    atomic_int most_inside;
    int value;
} shared;

static int succeed(void *arg)
{
    shared *const s = arg;
    atomic_fetch_add(&s->calls, 1);
    return 0;
}

static int fail_with_eio(void *arg)
{
    shared *const s = arg;
    atomic_fetch_add(&s->calls, 1);
    return -EIO;
}

static int wait_at_the_gate(void *arg)
{
    shared *const s = arg;
    weft_waitgroup_done(&s->begun);
    weft_waitgroup_wait(&s->gate);
    atomic_fetch_add(&s->calls, 1);
    return 0;
}

/* One that runs, and does so until done(&s->gate). */
static void start_one_at_the_gate(shared *s)
{
    weft_waitgroup_add(&s->gate, 1);
    weft_waitgroup_add(&s->begun, 1);
    assert_int_equal(weft_group_go(&s->group, wait_at_the_gate, s), 0);
    weft_waitgroup_wait(&s->begun);
}

/* ---- wait and the error ---- */

static void test_wait_of_an_empty_group_returns_zero(void **state)
{
    (void)state;
    weft_group group = {0};
    assert_int_equal(weft_group_wait(&group), 0);
    assert_int_equal(weft_group_wait(&group), 0);
}

static void test_go_runs_each_function_once(void **state)
{
    (void)state;
    shared s = {0};
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(weft_group_go(&s.group, succeed, &s), 0);
    }
    assert_int_equal(weft_group_wait(&s.group), 0);
    assert_int_equal(atomic_load(&s.calls), MANY);
}

static int write_value(void *arg)
{
    shared *const s = arg;
    weft_yield();
    s->value = 42;
    return 0;
}

static void test_what_a_function_wrote_is_visible_after_wait(void **state)
{
    (void)state;
    shared s = {0};
    assert_int_equal(weft_group_go(&s.group, write_value, &s), 0);
    assert_int_equal(weft_group_wait(&s.group), 0);
    assert_int_equal(s.value, 42);
}

static void test_wait_returns_the_error(void **state)
{
    (void)state;
    shared s = {0};
    assert_int_equal(weft_group_go(&s.group, succeed, &s), 0);
    assert_int_equal(weft_group_go(&s.group, fail_with_eio, &s), 0);
    assert_int_equal(weft_group_go(&s.group, succeed, &s), 0);
    assert_int_equal(weft_group_wait(&s.group), -EIO);
}

static int return_seven(void *arg)
{
    (void)arg;
    return 7;
}

static void test_any_value_but_zero_is_an_error(void **state)
{
    (void)state;
    weft_group group = {0};
    assert_int_equal(weft_group_go(&group, return_seven, NULL), 0);
    assert_int_equal(weft_group_wait(&group), 7);
}

static int fail_after_cancellation(void *arg)
{
    shared *const s = arg;
    weft_chan_recv(weft_context_done(s->context), NULL);
    atomic_fetch_add(&s->calls, 1);
    return -EPERM;
}

static void test_wait_returns_the_first_error(void **state)
{
    (void)state;
    shared s = {0};
    s.context = weft_group_with_context(&s.group, NULL);
    assert_non_null(s.context);
    assert_int_equal(weft_group_go(&s.group, fail_after_cancellation, &s), 0);
    assert_int_equal(weft_group_go(&s.group, fail_with_eio, &s), 0);
    assert_int_equal(weft_group_go(&s.group, fail_after_cancellation, &s), 0);
    assert_int_equal(weft_group_wait(&s.group), -EIO);
}

static void test_wait_returns_only_when_all_have_returned(void **state)
{
    (void)state;
    shared s = {0};
    s.context = weft_group_with_context(&s.group, NULL);
    assert_non_null(s.context);
    assert_int_equal(weft_group_go(&s.group, fail_with_eio, &s), 0);
    assert_int_equal(weft_group_go(&s.group, fail_after_cancellation, &s), 0);
    assert_int_equal(weft_group_go(&s.group, fail_after_cancellation, &s), 0);
    assert_int_equal(weft_group_wait(&s.group), -EIO);
    assert_int_equal(atomic_load(&s.calls), 3);
}

static int start_two_more(void *arg)
{
    shared *const s = arg;
    assert_int_equal(weft_group_go(&s->group, succeed, s), 0);
    assert_int_equal(weft_group_go(&s->group, succeed, s), 0);
    return 0;
}

static void test_function_may_start_others_in_its_group(void **state)
{
    (void)state;
    shared s = {0};
    assert_int_equal(weft_group_go(&s.group, start_two_more, &s), 0);
    assert_int_equal(weft_group_wait(&s.group), 0);
    assert_int_equal(atomic_load(&s.calls), 2);
}

static void test_group_may_be_used_again_after_success(void **state)
{
    (void)state;
    shared s = {0};
    for (int round = 1; round <= 3; round++) {
        assert_int_equal(weft_group_go(&s.group, succeed, &s), 0);
        assert_int_equal(weft_group_go(&s.group, succeed, &s), 0);
        assert_int_equal(weft_group_wait(&s.group), 0);
        assert_int_equal(atomic_load(&s.calls), 2 * round);
    }
}

static void test_group_that_is_used_again_has_forgotten_its_error(void **state)
{
    (void)state;
    shared s = {0};
    assert_int_equal(weft_group_go(&s.group, fail_with_eio, &s), 0);
    assert_int_equal(weft_group_wait(&s.group), -EIO);
    assert_int_equal(weft_group_go(&s.group, succeed, &s), 0);
    assert_int_equal(weft_group_wait(&s.group), 0);
}

static void add_call(void *arg)
{
    shared *const s = arg;
    weft_yield();
    atomic_fetch_add(&s->calls, 1);
}

static int defer_a_call(void *arg)
{
    weft_defer(add_call, arg);
    return 0;
}

static void test_deferred_calls_of_a_function_have_run_when_wait_returns(void **state)
{
    (void)state;
    static shared s; /* outlives the test, should this be wrong */
    assert_int_equal(weft_group_go(&s.group, defer_a_call, &s), 0);
    assert_int_equal(weft_group_wait(&s.group), 0);
    assert_int_equal(atomic_load(&s.calls), 1);
}

static int run_a_group(void *arg)
{
    shared *const s = arg;
    weft_group inner = {0};
    assert_int_equal(weft_group_go(&inner, succeed, s), 0);
    assert_int_equal(weft_group_go(&inner, fail_with_eio, s), 0);
    return weft_group_wait(&inner);
}

static void test_groups_nest(void **state)
{
    (void)state;
    shared s = {0};
    assert_int_equal(weft_group_go(&s.group, run_a_group, &s), 0);
    assert_int_equal(weft_group_go(&s.group, run_a_group, &s), 0);
    assert_int_equal(weft_group_wait(&s.group), -EIO);
    assert_int_equal(atomic_load(&s.calls), 4);
}

/* ---- The context ---- */

static void test_context_of_a_group_is_alive_at_first(void **state)
{
    (void)state;
    weft_group group = {0};
    weft_context *const context = weft_group_with_context(&group, NULL);
    assert_non_null(context);
    assert_int_equal(weft_context_err(context), 0);
    assert_int_equal(weft_group_wait(&group), 0);
}

static int return_err_at_cancellation(void *arg)
{
    shared *const s = arg;
    weft_chan_recv(weft_context_done(s->context), NULL);
    atomic_fetch_add(&s->calls, 1);
    return weft_context_err(s->context);
}

static void test_first_error_cancels_the_context(void **state)
{
    (void)state;
    shared s = {0};
    s.context = weft_group_with_context(&s.group, NULL);
    assert_non_null(s.context);
    for (int i = 0; i < FEW; i++) {
        assert_int_equal(weft_group_go(&s.group, return_err_at_cancellation, &s), 0);
    }
    assert_int_equal(weft_group_go(&s.group, fail_with_eio, &s), 0);
    assert_int_equal(weft_group_wait(&s.group), -EIO);
    assert_int_equal(atomic_load(&s.calls), FEW + 1);
}

static void test_success_does_not_cancel_the_context(void **state)
{
    (void)state;
    shared s = {0};
    s.context = weft_group_with_context(&s.group, NULL);
    assert_non_null(s.context);
    start_one_at_the_gate(&s);
    assert_int_equal(weft_group_go(&s.group, succeed, &s), 0);
    weft_yield();
    assert_int_equal(weft_context_err(s.context), 0);
    weft_waitgroup_done(&s.gate);
    assert_int_equal(weft_group_wait(&s.group), 0);
}

static void test_wait_cancels_the_context(void **state)
{
    (void)state;
    shared s = {0};
    s.context = weft_group_with_context(&s.group, NULL);
    assert_non_null(s.context);
    weft_chan *const done = weft_chan_retain(weft_context_done(s.context));
    assert_int_equal(weft_group_go(&s.group, succeed, &s), 0);
    assert_int_equal(weft_group_wait(&s.group), 0);
    assert_int_equal(weft_chan_try_recv(done, NULL), -EPIPE);
    weft_chan_release(done);
}

static void test_context_of_a_group_is_cancelled_with_its_parent(void **state)
{
    (void)state;
    shared s = {0};
    weft_context *const parent = weft_context_with_cancel(NULL);
    assert_non_null(parent);
    s.context = weft_group_with_context(&s.group, parent);
    assert_non_null(s.context);
    assert_int_equal(weft_group_go(&s.group, return_err_at_cancellation, &s), 0);
    assert_int_equal(weft_group_go(&s.group, return_err_at_cancellation, &s), 0);
    weft_context_cancel(parent);
    assert_int_equal(weft_group_wait(&s.group), -ECANCELED);
    weft_context_release(parent);
}

static void test_parent_lives_on_when_a_function_fails(void **state)
{
    (void)state;
    shared s = {0};
    weft_context *const parent = weft_context_with_cancel(NULL);
    assert_non_null(parent);
    s.context = weft_group_with_context(&s.group, parent);
    assert_non_null(s.context);
    assert_int_equal(weft_group_go(&s.group, fail_with_eio, &s), 0);
    assert_int_equal(weft_group_wait(&s.group), -EIO);
    assert_int_equal(weft_context_err(parent), 0);
    weft_context_release(parent);
}

static void test_parent_may_be_released_before_wait(void **state)
{
    (void)state;
    shared s = {0};
    weft_context *const parent = weft_context_with_cancel(NULL);
    assert_non_null(parent);
    s.context = weft_group_with_context(&s.group, parent);
    assert_non_null(s.context);
    assert_int_equal(weft_group_go(&s.group, return_err_at_cancellation, &s), 0);
    weft_context_release(parent);
    assert_int_equal(weft_group_wait(&s.group), -ECANCELED);
}

/* ---- The limit ---- */

static int count_inside(void *arg)
{
    shared *const s = arg;
    const int inside = atomic_fetch_add(&s->inside, 1) + 1;
    int most = atomic_load(&s->most_inside);
    while (inside > most && !atomic_compare_exchange_weak(&s->most_inside, &most, inside)) {
    }
    weft_yield();
    atomic_fetch_add(&s->calls, 1);
    atomic_fetch_sub(&s->inside, 1);
    return 0;
}

static void run_limited(uint32_t limit)
{
    shared s = {0};
    weft_group_limit(&s.group, limit);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(weft_group_go(&s.group, count_inside, &s), 0);
    }
    assert_int_equal(weft_group_wait(&s.group), 0);
    assert_int_equal(atomic_load(&s.calls), 8);
    assert_in_range(atomic_load(&s.most_inside), 1, limit);
}

static void test_limit_bounds_the_functions_that_run_at_once(void **state)
{
    (void)state;
    run_limited(3);
}

static void test_limit_of_one_runs_one_after_the_other(void **state)
{
    (void)state;
    run_limited(1);
}

static int meet(void *arg)
{
    shared *const s = arg;
    weft_waitgroup_done(&s->met);
    weft_waitgroup_wait(&s->met);
    return 0;
}

static void test_limit_lets_that_many_run_at_once(void **state)
{
    (void)state;
    shared s = {0};
    weft_group_limit(&s.group, FEW);
    weft_waitgroup_add(&s.met, FEW);
    for (int i = 0; i < FEW; i++) {
        assert_int_equal(weft_group_go(&s.group, meet, &s), 0);
    }
    assert_int_equal(weft_group_wait(&s.group), 0);
}

static void test_limit_of_zero_is_none(void **state)
{
    (void)state;
    shared s = {0};
    weft_group_limit(&s.group, 1);
    weft_group_limit(&s.group, 0);
    weft_waitgroup_add(&s.met, FEW);
    for (int i = 0; i < FEW; i++) {
        assert_int_equal(weft_group_go(&s.group, meet, &s), 0);
    }
    assert_int_equal(weft_group_wait(&s.group), 0);
}

static void open_the_gate(void *arg)
{
    shared *const s = arg;
    weft_yield();
    s->value = atomic_load(&s->calls);
    weft_waitgroup_done(&s->gate);
}

static int note_calls(void *arg)
{
    shared *const s = arg;
    return atomic_load(&s->calls) == 1 ? 0 : -EINVAL;
}

static void test_go_waits_while_the_limit_is_reached(void **state)
{
    (void)state;
    shared s = {0};
    weft_waitgroup opened = {0};
    weft_group_limit(&s.group, 1);
    start_one_at_the_gate(&s);
    assert_int_equal(weft_waitgroup_go(&opened, open_the_gate, &s), 0);
    assert_int_equal(weft_group_go(&s.group, note_calls, &s), 0);
    assert_int_equal(atomic_load(&s.calls), 1);
    assert_int_equal(weft_group_wait(&s.group), 0);
    weft_waitgroup_wait(&opened);
    assert_int_equal(s.value, 0);
}

static void test_try_go_starts_below_the_limit(void **state)
{
    (void)state;
    shared s = {0};
    weft_group_limit(&s.group, 2);
    assert_int_equal(weft_group_try_go(&s.group, succeed, &s), 0);
    assert_int_equal(weft_group_try_go(&s.group, succeed, &s), 0);
    assert_int_equal(weft_group_wait(&s.group), 0);
    assert_int_equal(atomic_load(&s.calls), 2);
}

static void test_try_go_starts_without_a_limit(void **state)
{
    (void)state;
    shared s = {0};
    for (int i = 0; i < FEW; i++) {
        assert_int_equal(weft_group_try_go(&s.group, fail_with_eio, &s), 0);
    }
    assert_int_equal(weft_group_wait(&s.group), -EIO);
    assert_int_equal(atomic_load(&s.calls), FEW);
}

static void test_try_go_fails_at_the_limit_and_calls_nothing(void **state)
{
    (void)state;
    shared s = {0};
    weft_group_limit(&s.group, 1);
    start_one_at_the_gate(&s);
    assert_int_equal(weft_group_try_go(&s.group, fail_with_eio, &s), -EAGAIN);
    assert_int_equal(weft_group_try_go(&s.group, fail_with_eio, &s), -EAGAIN);
    weft_waitgroup_done(&s.gate);
    assert_int_equal(weft_group_wait(&s.group), 0);
    assert_int_equal(atomic_load(&s.calls), 1);
}

static void test_try_go_succeeds_again_after_wait(void **state)
{
    (void)state;
    shared s = {0};
    weft_group_limit(&s.group, 1);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(weft_group_try_go(&s.group, succeed, &s), 0);
        assert_int_equal(weft_group_wait(&s.group), 0);
    }
    assert_int_equal(atomic_load(&s.calls), 3);
}

static void test_limit_may_be_changed_while_nothing_runs(void **state)
{
    (void)state;
    shared s = {0};
    weft_group_limit(&s.group, 1);
    assert_int_equal(weft_group_go(&s.group, succeed, &s), 0);
    assert_int_equal(weft_group_wait(&s.group), 0);
    weft_group_limit(&s.group, 2);
    weft_waitgroup_add(&s.met, 2);
    assert_int_equal(weft_group_go(&s.group, meet, &s), 0);
    assert_int_equal(weft_group_go(&s.group, meet, &s), 0);
    assert_int_equal(weft_group_wait(&s.group), 0);
}

static void test_failing_functions_make_room_too(void **state)
{
    (void)state;
    shared s = {0};
    weft_group_limit(&s.group, 1);
    for (int i = 0; i < FEW; i++) {
        assert_int_equal(weft_group_go(&s.group, fail_with_eio, &s), 0);
    }
    assert_int_equal(weft_group_wait(&s.group), -EIO);
    assert_int_equal(atomic_load(&s.calls), FEW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_wait_of_an_empty_group_returns_zero),
        weft_unit_test(test_go_runs_each_function_once),
        weft_unit_test(test_what_a_function_wrote_is_visible_after_wait),
        weft_unit_test(test_wait_returns_the_error),
        weft_unit_test(test_any_value_but_zero_is_an_error),
        weft_unit_test(test_wait_returns_the_first_error),
        weft_unit_test(test_wait_returns_only_when_all_have_returned),
        weft_unit_test(test_function_may_start_others_in_its_group),
        weft_unit_test(test_group_may_be_used_again_after_success),
        weft_unit_test(test_group_that_is_used_again_has_forgotten_its_error),
        weft_unit_test(test_deferred_calls_of_a_function_have_run_when_wait_returns),
        weft_unit_test(test_groups_nest),
        weft_unit_test(test_context_of_a_group_is_alive_at_first),
        weft_unit_test(test_first_error_cancels_the_context),
        weft_unit_test(test_success_does_not_cancel_the_context),
        weft_unit_test(test_wait_cancels_the_context),
        weft_unit_test(test_context_of_a_group_is_cancelled_with_its_parent),
        weft_unit_test(test_parent_lives_on_when_a_function_fails),
        weft_unit_test(test_parent_may_be_released_before_wait),
        weft_unit_test(test_limit_bounds_the_functions_that_run_at_once),
        weft_unit_test(test_limit_of_one_runs_one_after_the_other),
        weft_unit_test(test_limit_lets_that_many_run_at_once),
        weft_unit_test(test_limit_of_zero_is_none),
        weft_unit_test(test_go_waits_while_the_limit_is_reached),
        weft_unit_test(test_try_go_starts_below_the_limit),
        weft_unit_test(test_try_go_starts_without_a_limit),
        weft_unit_test(test_try_go_fails_at_the_limit_and_calls_nothing),
        weft_unit_test(test_try_go_succeeds_again_after_wait),
        weft_unit_test(test_limit_may_be_changed_while_nothing_runs),
        weft_unit_test(test_failing_functions_make_room_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
