/* deadline_test.c: contexts with a deadline.
 *
 * Goal:   that they expire, not before time, and what cancellation and families make of it. A
 *         deadline, however far, may have passed whenever the schedule says so: then both errors
 *         are right, and the clock tells.
 * Source: context package docs: WithDeadline, WithTimeout, Context.Deadline. */
#include <weft/cmocka.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>

enum { FEW = 3 };

#define HOUR (3600 * WEFT_SECOND)

static weft_context *with_cancel(weft_context *parent)
{
    weft_context *const context = weft_context_with_cancel(parent);
    assert_non_null(context);
    return context;
}

static weft_context *with_timeout(weft_context *parent, int64_t timeout_ns)
{
    weft_context *const context = weft_context_with_timeout(parent, timeout_ns);
    assert_non_null(context);
    return context;
}

static weft_context *with_deadline(weft_context *parent, int64_t deadline_ns)
{
    weft_context *const context = weft_context_with_deadline(parent, deadline_ns);
    assert_non_null(context);
    return context;
}

static int64_t deadline_of(weft_context *context)
{
    int64_t deadline_ns = 0;
    assert_true(weft_context_deadline(context, &deadline_ns));
    return deadline_ns;
}

static void wait_for_done(weft_context *context)
{
    assert_false(weft_chan_recv(weft_context_done(context), NULL));
}

/* Cancelled by the program, or first by a deadline that has passed. */
static void check_cancelled_or_expired(weft_context *context, int64_t deadline_ns)
{
    const int error = weft_context_err(context);
    assert_int_equal(weft_chan_try_recv(weft_context_done(context), NULL), -EPIPE);
    assert_true(error == -ECANCELED || error == -ETIMEDOUT);
    assert_true(error == -ECANCELED || weft_now() >= deadline_ns);
}

/* ---- Expiry ---- */

static void test_timeout_closes_done(void **state)
{
    (void)state;
    weft_context *const context = with_timeout(NULL, 200 * WEFT_MICROSECOND);
    wait_for_done(context);
    assert_int_equal(weft_context_err(context), -ETIMEDOUT);
    weft_context_release(context);
}

static void test_deadline_closes_done(void **state)
{
    (void)state;
    weft_context *const context = with_deadline(NULL, weft_now() + 200 * WEFT_MICROSECOND);
    wait_for_done(context);
    assert_int_equal(weft_context_err(context), -ETIMEDOUT);
    weft_context_release(context);
}

static void test_context_does_not_expire_before_its_deadline(void **state)
{
    (void)state;
    const int64_t deadline_ns = weft_now() + 300 * WEFT_MICROSECOND;
    weft_context *const context = with_deadline(NULL, deadline_ns);
    wait_for_done(context);
    assert_true(weft_now() >= deadline_ns);
    weft_context_release(context);
}

static void test_deadline_in_the_past_expires_at_once(void **state)
{
    (void)state;
    weft_context *const context = with_deadline(NULL, weft_now());
    assert_int_equal(weft_context_err(context), -ETIMEDOUT);
    assert_int_equal(weft_chan_try_recv(weft_context_done(context), NULL), -EPIPE);
    weft_context_release(context);
}

static void test_timeout_of_nothing_or_less_expires_at_once(void **state)
{
    (void)state;
    const int64_t timeouts[] = {0, -1, -HOUR, INT64_MIN};
    for (size_t i = 0; i < 4; i++) {
        weft_context *const context = with_timeout(NULL, timeouts[i]);
        assert_int_equal(weft_context_err(context), -ETIMEDOUT);
        weft_context_release(context);
    }
}

static void test_cancel_after_expiry_does_not_change_the_error(void **state)
{
    (void)state;
    weft_context *const context = with_timeout(NULL, 100 * WEFT_MICROSECOND);
    wait_for_done(context);
    weft_context_cancel(context);
    assert_int_equal(weft_context_err(context), -ETIMEDOUT);
    weft_context_release(context);
}

static void test_expiry_after_cancel_does_not_change_the_error(void **state)
{
    (void)state;
    weft_context *const context = with_timeout(NULL, 100 * WEFT_MICROSECOND);
    weft_context_cancel(context);
    const int error = weft_context_err(context);
    weft_sleep(200 * WEFT_MICROSECOND);
    assert_int_equal(weft_context_err(context), error);
    weft_context_release(context);
}

static void test_context_may_be_cancelled_before_its_deadline(void **state)
{
    (void)state;
    weft_context *const context = with_timeout(NULL, HOUR);
    weft_context_cancel(context);
    check_cancelled_or_expired(context, deadline_of(context));
    weft_context_release(context);
}

static void test_context_may_be_released_before_its_deadline(void **state)
{
    (void)state;
    weft_context *const context = with_timeout(NULL, HOUR);
    weft_chan *const done = weft_chan_retain(weft_context_done(context));
    weft_context_release(context);
    assert_int_equal(weft_chan_try_recv(done, NULL), -EPIPE);
    weft_chan_release(done);
}

static void test_select_on_done_ends_at_the_deadline(void **state)
{
    (void)state;
    weft_chan *const never = weft_chan_make(0, 0);
    assert_non_null(never);
    weft_context *const context = with_timeout(NULL, 200 * WEFT_MICROSECOND);
    weft_case cases[] = {
        WEFT_RECV(never, NULL),
        WEFT_RECV(weft_context_done(context), NULL),
    };
    assert_int_equal(weft_select(cases, 2), 1);
    assert_false(cases[1].ok);
    assert_int_equal(weft_context_err(context), -ETIMEDOUT);
    weft_context_release(context);
    weft_chan_release(never);
}

/* ---- Which deadline ---- */

static void test_deadline_is_the_one_that_was_asked_for(void **state)
{
    (void)state;
    const int64_t deadline_ns = weft_now() + HOUR;
    weft_context *const context = with_deadline(NULL, deadline_ns);
    assert_int_equal(deadline_of(context), deadline_ns);
    weft_context_release(context);
}

static void test_timeout_counts_from_the_call(void **state)
{
    (void)state;
    const int64_t before_ns = weft_now();
    weft_context *const context = with_timeout(NULL, HOUR);
    const int64_t after_ns = weft_now();
    assert_true(deadline_of(context) >= before_ns + HOUR);
    assert_true(deadline_of(context) <= after_ns + HOUR);
    weft_context_release(context);
}

static void test_deadline_that_never_comes_is_none(void **state)
{
    (void)state;
    int64_t deadline_ns = 42;
    weft_context *const context = with_deadline(NULL, WEFT_NEVER);
    assert_false(weft_context_deadline(context, &deadline_ns));
    assert_int_equal(deadline_ns, 42);
    assert_int_equal(weft_context_err(context), 0);
    weft_context_cancel(context);
    assert_int_equal(weft_context_err(context), -ECANCELED);
    weft_context_release(context);
}

static void test_timeout_beyond_all_time_never_comes(void **state)
{
    (void)state;
    weft_context *const context = with_timeout(NULL, INT64_MAX);
    assert_int_equal(weft_context_err(context), 0);
    weft_context_cancel(context);
    assert_int_equal(weft_context_err(context), -ECANCELED);
    weft_context_release(context);
}

static void test_deadline_is_still_known_after_it_has_passed(void **state)
{
    (void)state;
    const int64_t deadline_ns = weft_now() - 1;
    weft_context *const context = with_deadline(NULL, deadline_ns);
    assert_int_equal(deadline_of(context), deadline_ns);
    weft_context_release(context);
}

static void test_child_inherits_the_deadline(void **state)
{
    (void)state;
    weft_context *const parent = with_timeout(NULL, HOUR);
    weft_context *const child = with_cancel(parent);
    assert_int_equal(deadline_of(child), deadline_of(parent));
    weft_context_release(child);
    weft_context_release(parent);
}

static void test_earlier_deadline_of_the_parent_wins(void **state)
{
    (void)state;
    weft_context *const parent = with_timeout(NULL, HOUR);
    weft_context *const child = with_deadline(parent, deadline_of(parent) + HOUR);
    assert_int_equal(deadline_of(child), deadline_of(parent));
    weft_context_release(child);
    weft_context_release(parent);
}

static void test_earlier_deadline_of_the_child_wins(void **state)
{
    (void)state;
    const int64_t now_ns = weft_now();
    weft_context *const parent = with_deadline(NULL, now_ns + 2 * HOUR);
    weft_context *const child = with_deadline(parent, now_ns + HOUR);
    assert_int_equal(deadline_of(child), now_ns + HOUR);
    assert_int_equal(deadline_of(parent), now_ns + 2 * HOUR);
    weft_context_release(child);
    weft_context_release(parent);
}

static void test_grandchild_inherits_the_earliest_deadline(void **state)
{
    (void)state;
    const int64_t now_ns = weft_now();
    weft_context *const top = with_deadline(NULL, now_ns + HOUR);
    weft_context *const middle = with_cancel(top);
    weft_context *const bottom = with_deadline(middle, now_ns + 2 * HOUR);
    assert_int_equal(deadline_of(bottom), now_ns + HOUR);
    weft_context_release(bottom);
    weft_context_release(middle);
    weft_context_release(top);
}

/* ---- Families ---- */

static void test_child_expires_with_its_parent(void **state)
{
    (void)state;
    weft_context *const parent = with_timeout(NULL, 200 * WEFT_MICROSECOND);
    weft_context *const child = with_cancel(parent);
    wait_for_done(child);
    assert_int_equal(weft_context_err(child), -ETIMEDOUT);
    wait_for_done(parent);
    assert_int_equal(weft_context_err(parent), -ETIMEDOUT);
    weft_context_release(child);
    weft_context_release(parent);
}

static void test_child_with_a_later_deadline_expires_with_its_parent(void **state)
{
    (void)state;
    weft_context *const parent = with_timeout(NULL, 200 * WEFT_MICROSECOND);
    weft_context *const child = with_timeout(parent, HOUR);
    wait_for_done(child);
    assert_int_equal(weft_context_err(child), -ETIMEDOUT);
    weft_context_release(child);
    weft_context_release(parent);
}

static void test_parent_lives_on_when_its_child_expires(void **state)
{
    (void)state;
    weft_context *const parent = with_cancel(NULL);
    weft_context *const child = with_timeout(parent, 200 * WEFT_MICROSECOND);
    wait_for_done(child);
    assert_int_equal(weft_context_err(child), -ETIMEDOUT);
    assert_int_equal(weft_context_err(parent), 0);
    weft_context_release(child);
    weft_context_release(parent);
}

static void test_child_of_an_expired_parent_is_expired_from_birth(void **state)
{
    (void)state;
    weft_context *const parent = with_timeout(NULL, 0);
    weft_context *const child = with_cancel(parent);
    weft_context *const timed = with_timeout(parent, HOUR);
    assert_int_equal(weft_context_err(child), -ETIMEDOUT);
    assert_int_equal(weft_context_err(timed), -ETIMEDOUT);
    weft_context_release(timed);
    weft_context_release(child);
    weft_context_release(parent);
}

static void test_child_with_a_deadline_of_a_cancelled_parent_is_cancelled(void **state)
{
    (void)state;
    weft_context *const parent = with_cancel(NULL);
    weft_context_cancel(parent);
    weft_context *const child = with_timeout(parent, HOUR);
    assert_int_equal(weft_context_err(child), -ECANCELED);
    weft_context_release(child);
    weft_context_release(parent);
}

static void test_child_with_a_deadline_is_cancelled_with_its_parent(void **state)
{
    (void)state;
    weft_context *const parent = with_cancel(NULL);
    weft_context *const child = with_timeout(parent, HOUR);
    weft_context_cancel(parent);
    check_cancelled_or_expired(child, deadline_of(child));
    weft_context_release(child);
    weft_context_release(parent);
}

static void test_parent_with_a_deadline_may_be_released_before_its_child(void **state)
{
    (void)state;
    weft_context *const parent = with_timeout(NULL, HOUR);
    weft_context *const child = with_timeout(parent, HOUR / 2);
    const int64_t deadline_ns = deadline_of(child);
    weft_context_release(parent);
    check_cancelled_or_expired(child, deadline_ns);
    weft_context_release(child);
}

/* ---- Several goroutines ---- */

typedef struct shared {
    weft_context *context;
    weft_waitgroup ended;
    atomic_int woken;
    atomic_int wrong;
} shared;

static void start(shared *s, weft_fn *fn)
{
    const weft_go_options options = {.name = "party"};
    assert_int_equal(weft_waitgroup_go_with(&s->ended, &options, fn, s), 0);
}

static void wait_and_count(void *arg)
{
    shared *const s = arg;
    weft_chan_recv(weft_context_done(s->context), NULL);
    atomic_fetch_add(&s->woken, weft_context_err(s->context) == -ETIMEDOUT);
}

static void test_expiry_wakes_all_who_wait_for_done(void **state)
{
    (void)state;
    shared s = {.context = with_timeout(NULL, 200 * WEFT_MICROSECOND)};
    for (int i = 0; i < FEW; i++) {
        start(&s, wait_and_count);
    }
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.woken), FEW);
    weft_context_release(s.context);
}

static void cancel_and_look(void *arg)
{
    shared *const s = arg;
    weft_context_cancel(s->context);
    const int error = weft_context_err(s->context);
    atomic_fetch_add(&s->wrong, error != -ECANCELED && error != -ETIMEDOUT);
    weft_yield();
    atomic_fetch_add(&s->wrong, weft_context_err(s->context) != error);
}

static void test_cancel_and_expiry_may_happen_at_the_same_time(void **state)
{
    (void)state;
    shared s = {.context = with_timeout(NULL, 50 * WEFT_MICROSECOND)};
    start(&s, cancel_and_look);
    start(&s, cancel_and_look);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.wrong), 0);
    weft_context_release(s.context);
}

static void have_children_with_deadlines(void *arg)
{
    shared *const s = arg;
    weft_context *const child = weft_context_with_timeout(s->context, HOUR);
    weft_context *const grandchild = weft_context_with_timeout(child, HOUR / 2);
    assert_non_null(grandchild);
    weft_chan_recv(weft_context_done(grandchild), NULL);
    atomic_fetch_add(&s->woken, 1);
    atomic_fetch_add(&s->wrong, weft_context_err(grandchild) == 0);
    weft_context_release(child);
    weft_context_release(grandchild);
}

static void test_children_with_deadlines_come_while_the_parent_is_cancelled(void **state)
{
    (void)state;
    shared s = {.context = with_cancel(NULL)};
    for (int i = 0; i < FEW; i++) {
        start(&s, have_children_with_deadlines);
    }
    weft_context_cancel(s.context);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.woken), FEW);
    assert_int_equal(atomic_load(&s.wrong), 0);
    weft_context_release(s.context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_timeout_closes_done),
        weft_unit_test(test_deadline_closes_done),
        weft_unit_test(test_context_does_not_expire_before_its_deadline),
        weft_unit_test(test_deadline_in_the_past_expires_at_once),
        weft_unit_test(test_timeout_of_nothing_or_less_expires_at_once),
        weft_unit_test(test_cancel_after_expiry_does_not_change_the_error),
        weft_unit_test(test_expiry_after_cancel_does_not_change_the_error),
        weft_unit_test(test_context_may_be_cancelled_before_its_deadline),
        weft_unit_test(test_context_may_be_released_before_its_deadline),
        weft_unit_test(test_select_on_done_ends_at_the_deadline),
        weft_unit_test(test_deadline_is_the_one_that_was_asked_for),
        weft_unit_test(test_timeout_counts_from_the_call),
        weft_unit_test(test_deadline_that_never_comes_is_none),
        weft_unit_test(test_timeout_beyond_all_time_never_comes),
        weft_unit_test(test_deadline_is_still_known_after_it_has_passed),
        weft_unit_test(test_child_inherits_the_deadline),
        weft_unit_test(test_earlier_deadline_of_the_parent_wins),
        weft_unit_test(test_earlier_deadline_of_the_child_wins),
        weft_unit_test(test_grandchild_inherits_the_earliest_deadline),
        weft_unit_test(test_child_expires_with_its_parent),
        weft_unit_test(test_child_with_a_later_deadline_expires_with_its_parent),
        weft_unit_test(test_parent_lives_on_when_its_child_expires),
        weft_unit_test(test_child_of_an_expired_parent_is_expired_from_birth),
        weft_unit_test(test_child_with_a_deadline_of_a_cancelled_parent_is_cancelled),
        weft_unit_test(test_child_with_a_deadline_is_cancelled_with_its_parent),
        weft_unit_test(test_parent_with_a_deadline_may_be_released_before_its_child),
        weft_unit_test(test_expiry_wakes_all_who_wait_for_done),
        weft_unit_test(test_cancel_and_expiry_may_happen_at_the_same_time),
        weft_unit_test(test_children_with_deadlines_come_while_the_parent_is_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
