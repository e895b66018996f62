/* explain_test.c: a finding says what must come before what for it to fail, and what differs in the
 * nearest run that passes. */
#include "../support/explore.h"

#include <stdio.h>

static weft_mutex a;
static weft_mutex b;
static weft_mutex shared;
static weft_waitgroup ended;
static int number;

static bool contains(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static bool has_order(const weft_finding *finding, const char *before, const char *after)
{
    for (size_t i = 0; i < finding->order_count; i++) {
        if (contains(finding->orders[i].before, before) &&
            contains(finding->orders[i].after, after)) {
            return true;
        }
    }
    return false;
}

static const weft_finding_difference *difference_of(const weft_finding *finding,
                                                    const char *goroutine, const char *operation)
{
    for (size_t i = 0; i < finding->difference_count; i++) {
        if (strcmp(finding->differences[i].goroutine, goroutine) == 0 &&
            contains(finding->differences[i].operation, operation)) {
            return &finding->differences[i];
        }
    }
    fail_msg("%s: %s is not among the differences", goroutine, operation);
    return NULL;
}

/* ---- Two locks in opposite orders ---- */

static void lock_both(weft_mutex *first, weft_mutex *second)
{
    weft_mutex_lock(first);
    weft_mutex_lock(second);
    weft_mutex_unlock(second);
    weft_mutex_unlock(first);
    weft_waitgroup_done(&ended);
}

static void there(void *arg)
{
    (void)arg;
    lock_both(&a, &b);
}

static void back(void *arg)
{
    (void)arg;
    lock_both(&b, &a);
}

static void cross(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&ended, 2);
    weft_go(there, NULL);
    weft_go(back, NULL);
    weft_waitgroup_wait(&ended);
}

static void test_two_orders_make_a_deadlock(void **state)
{
    (void)state;
    weft_result result = explore_expecting(cross, WEFT_FOUND_DEADLOCK);
    const weft_finding *const finding = &result.findings[0];
    assert_int_equal(finding->depth, 2);
    assert_int_equal(finding->order_count, 2);
    assert_true(has_order(finding, "there locks a (explain_test.c:", "back locks a ("));
    assert_true(has_order(finding, "back locks b (explain_test.c:", "there locks b ("));
    weft_result_clear(&result);
}

static void test_the_nearest_run_passes_without_the_switch(void **state)
{
    (void)state;
    weft_result result = explore_expecting(cross, WEFT_FOUND_DEADLOCK);
    const weft_finding *const finding = &result.findings[0];
    assert_int_equal(finding->switches_shrunk, 1);
    assert_true(contains(finding->nearest, "without the switch at step "));
    const weft_finding_difference *const d = difference_of(finding, "there", "lock b");
    assert_string_equal(d->failing, "waits for ever");
    assert_string_equal(d->passing, "at once");
    assert_true(
        contains(difference_of(finding, "main", "wait ended")->passing, "waits for back, "));
    weft_result_clear(&result);
}

/* ---- After much else ---- */

enum { ROUNDS = 150 };

static void work(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        weft_mutex_lock(&shared);
        weft_mutex_unlock(&shared);
    }
}

static void there_late(void *arg)
{
    work();
    there(arg);
}

static void back_late(void *arg)
{
    work();
    back(arg);
}

static void cross_late(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&ended, 2);
    weft_go(there_late, NULL);
    weft_go(back_late, NULL);
    weft_waitgroup_wait(&ended);
}

/* The runs that explain a long one follow the same default policy, however soon they are cut. */
static void test_long_runs_are_explained_by_their_own_replays(void **state)
{
    (void)state;
    weft_result result = explore_expecting(cross_late, WEFT_FOUND_DEADLOCK);
    const weft_finding *const finding = &result.findings[0];
    assert_in_range(finding->steps, 2 * ROUNDS, 2000);
    assert_int_equal(finding->switches_shrunk, 1);
    assert_true(contains(finding->nearest, "without the switch at step "));
    assert_string_equal(difference_of(finding, "there_late", "lock b")->failing, "waits for ever");
    weft_result_clear(&result);
}

/* ---- Look, then act ---- */

static void fill(void *arg)
{
    (void)arg;
    weft_mutex_lock(&a);
    const bool missing = number == 0;
    weft_mutex_unlock(&a);
    if (missing) {
        weft_mutex_lock(&a);
        number++;
        weft_mutex_unlock(&a);
    }
    weft_waitgroup_done(&ended);
}

static void fill_twice(void *arg)
{
    (void)arg;
    number = 0;
    weft_waitgroup_add(&ended, 2);
    weft_go(fill, NULL);
    weft_go(fill, NULL);
    weft_waitgroup_wait(&ended);
    WEFT_ASSERT(number == 1);
}

/* The closest races of the failing run are weakened to what matters: each looks before the other
 * acts. */
static void test_orders_are_as_weak_as_can_be(void **state)
{
    (void)state;
    weft_result result = explore_expecting(fill_twice, WEFT_FOUND_ASSERTION);
    const weft_finding *const finding = &result.findings[0];
    assert_int_equal(finding->depth, 2);
    assert_true(
        has_order(finding, "fill#1 locks a for the first time", "fill#2 locks a for the 2nd time"));
    assert_true(
        has_order(finding, "fill#2 locks a for the first time", "fill#1 locks a for the 2nd time"));
    weft_result_clear(&result);
}

/* ---- Who gives what to whom ---- */

static void send(void *arg)
{
    weft_chan *const ch = arg;
    const int value = 1;
    weft_chan_send(ch, &value);
}

static void send_more(void *arg)
{
    weft_chan *const ch = arg;
    const int value = 2;
    weft_chan_send(ch, &value);
}

static void take_first(void *arg)
{
    (void)arg;
    weft_chan *const ch = weft_chan_make(sizeof(int), 2);
    int value = 0;
    weft_go(send, ch);
    weft_go(send_more, ch);
    (void)weft_chan_recv(ch, &value);
    WEFT_ASSERT(value == 1);
}

static void test_values_are_told_by_their_senders(void **state)
{
    (void)state;
    weft_result result = explore_expecting(take_first, WEFT_FOUND_ASSERTION);
    const weft_finding *const finding = &result.findings[0];
    assert_int_equal(finding->depth, 1);
    assert_true(has_order(finding, "send_more sends to main#1 (", "send sends to main#1 ("));
    const weft_finding_difference *const d = difference_of(finding, "main", "receive main#1");
    assert_true(contains(d->failing, "send_more, explain_test.c:"));
    assert_true(contains(d->passing, "send, explain_test.c:"));
    weft_result_clear(&result);
}

/* ---- Nothing to explain ---- */

static void fail_always(void *arg)
{
    (void)arg;
    weft_go(take_first, NULL);
    WEFT_ASSERT(number == 1);
}

static void test_what_always_fails_needs_no_order(void **state)
{
    (void)state;
    weft_result result = explore_expecting(fail_always, WEFT_FOUND_ASSERTION);
    assert_int_equal(result.findings[0].depth, 0);
    assert_int_equal(result.findings[0].order_count, 0);
    assert_int_equal(result.findings[0].difference_count, 0);
    assert_string_equal(result.findings[0].nearest, "");
    weft_result_clear(&result);
}

/* It is a function of the seed. */
static void test_explanations_repeat(void **state)
{
    (void)state;
    weft_result one = explore_expecting(fill_twice, WEFT_FOUND_ASSERTION);
    weft_result two = explore_expecting(fill_twice, WEFT_FOUND_ASSERTION);
    assert_int_equal(one.findings[0].order_count, two.findings[0].order_count);
    for (size_t i = 0; i < one.findings[0].order_count; i++) {
        assert_memory_equal(&one.findings[0].orders[i], &two.findings[0].orders[i],
                            sizeof one.findings[0].orders[i]);
    }
    assert_int_equal(one.findings[0].difference_count, two.findings[0].difference_count);
    weft_result_clear(&one);
    weft_result_clear(&two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_orders_make_a_deadlock),
        cmocka_unit_test(test_the_nearest_run_passes_without_the_switch),
        cmocka_unit_test(test_long_runs_are_explained_by_their_own_replays),
        cmocka_unit_test(test_orders_are_as_weak_as_can_be),
        cmocka_unit_test(test_values_are_told_by_their_senders),
        cmocka_unit_test(test_what_always_fails_needs_no_order),
        cmocka_unit_test(test_explanations_repeat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
