/* time_test.c: the clock, sleep, weft_after, and deadlines.
 *
 * Goal:   Each of these rules of weft.h, "Time", has a test that fails when the rule is broken.
 * Source: Go, package time: Now, Sleep, After.
 * Method: Nothing ever happens too early; that is all that is said about when. */
#include "peers.h"

/* ---- The clock ---- */

static void test_now_does_not_go_back(void **state)
{
    (void)state;
    int64_t before_ns = weft_now();
    for (int i = 0; i < 100; i++) {
        const int64_t now_ns = weft_now();
        assert_true(now_ns >= before_ns);
        before_ns = now_ns;
    }
}

static void send_now(void *ch)
{
    for (int i = 0; i < 4; i++) {
        const int64_t now_ns = weft_now();
        weft_chan_send(ch, &now_ns);
    }
}

static void test_now_does_not_go_back_from_one_goroutine_to_another(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const ch = weft_chan_make(sizeof(int64_t), 1);
    START(&wg, send_now, ch);
    for (int i = 0; i < 4; i++) {
        (void)recv_time(ch);
    }
    weft_waitgroup_wait(&wg);
    weft_chan_release(ch);
}

/* ---- Sleep ---- */

static void test_sleep_lasts_at_least_its_duration(void **state)
{
    (void)state;
    const int64_t start_ns = weft_now();
    weft_sleep(SHORT_NS);
    assert_true(weft_now() >= start_ns + SHORT_NS);
    weft_sleep(1);
    assert_true(weft_now() >= start_ns + SHORT_NS + 1);
}

static void test_sleep_of_zero_returns(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        weft_sleep(0);
    }
}

static void test_sleep_of_a_negative_duration_returns(void **state)
{
    (void)state;
    weft_sleep(-1);
    weft_sleep(-WEFT_SECOND);
    weft_sleep(INT64_MIN);
}

typedef struct sleeper {
    int64_t start_ns;
    int64_t duration_ns;
    int64_t woken_ns;
} sleeper;

static void sleep_and_note(void *arg)
{
    sleeper *const s = arg;
    s->start_ns = weft_now();
    weft_sleep(s->duration_ns);
    s->woken_ns = weft_now();
}

static void check_sleepers(int count)
{
    weft_waitgroup wg = {{0}};
    sleeper sleepers[20];
    for (int i = 0; i < count; i++) {
        sleepers[i] = (sleeper){.duration_ns = i * 7 % count * (SHORT_NS / 10)};
        START(&wg, sleep_and_note, &sleepers[i]);
    }
    weft_waitgroup_wait(&wg);
    for (int i = 0; i < count; i++) {
        assert_true(sleepers[i].woken_ns >= sleepers[i].start_ns + sleepers[i].duration_ns);
    }
}

static void test_each_of_three_sleepers_sleeps_long_enough(void **state)
{
    (void)state;
    check_sleepers(3);
}

static void test_each_of_twenty_sleepers_sleeps_long_enough(void **state)
{
    (void)state;
    check_sleepers(20);
}

typedef struct alarm {
    weft_chan *ch;
    int64_t duration_ns;
} alarm;

static void sleep_and_send(void *arg)
{
    const alarm *const a = arg;
    weft_sleep(a->duration_ns);
    const int64_t now_ns = weft_now();
    weft_chan_send(a->ch, &now_ns);
}

static void test_who_waits_for_a_sleeper_waits_for_its_sleep(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    alarm a = {.ch = weft_chan_make(sizeof(int64_t), 0), .duration_ns = SHORT_NS};
    const int64_t start_ns = weft_now();
    START(&wg, sleep_and_send, &a);
    assert_true(recv_time(a.ch) >= start_ns + SHORT_NS);
    weft_waitgroup_wait(&wg);
    weft_chan_release(a.ch);
}

/* ---- weft_after: time.After ---- */

static void test_after_sends_the_time_no_earlier_than_due(void **state)
{
    (void)state;
    const int64_t start_ns = weft_now();
    assert_true(recv_time(weft_after(SHORT_NS)) >= start_ns + SHORT_NS);
}

static void test_after_a_duration_of_zero_or_less_is_due_at_once(void **state)
{
    (void)state;
    const int64_t start_ns = weft_now();
    assert_true(recv_time(weft_after(0)) >= start_ns);
    assert_true(recv_time(weft_after(-1)) >= start_ns);
    assert_true(recv_time(weft_after(INT64_MIN)) >= start_ns);
}

static void test_after_has_no_length_and_no_capacity(void **state)
{
    (void)state;
    weft_chan *const ch = weft_after(0);
    assert_int_equal(0, weft_chan_cap(ch));
    weft_sleep(SHORT_NS);
    assert_int_equal(0, weft_chan_len(ch));
    (void)recv_time(ch);
}

static void test_after_ends_a_select(void **state)
{
    (void)state;
    weft_chan *const never = ints(0);
    const int64_t start_ns = weft_now();
    int64_t at_ns = 0;
    weft_case cases[] = {WEFT_RECV(never, NULL), WEFT_RECV(weft_after(SHORT_NS), &at_ns)};
    assert_int_equal(1, weft_select(cases, 2));
    assert_true(cases[1].ok);
    assert_true(at_ns >= start_ns + SHORT_NS);
    assert_int_equal(-EAGAIN, try_send_int(never, 1));
    weft_chan_release(never);
}

static void test_after_may_be_received_and_discarded(void **state)
{
    (void)state;
    assert_true(weft_chan_recv(weft_after(0), NULL));
    assert_int_equal(0, weft_chan_recv_until(weft_after(0), NULL, WEFT_NEVER));
}

static void test_after_may_be_forgotten(void **state)
{
    (void)state;
    assert_non_null(weft_after(0));
    assert_non_null(weft_after(WEFT_SECOND));
    weft_sleep(0);
}

static void test_several_afters_are_independent(void **state)
{
    (void)state;
    const int64_t start_ns = weft_now();
    weft_chan *const late = weft_after(2 * SHORT_NS);
    weft_chan *const soon_due = weft_after(SHORT_NS);
    weft_chan *const due = weft_after(0);
    assert_true(recv_time(late) >= start_ns + 2 * SHORT_NS);
    assert_true(recv_time(soon_due) >= start_ns + SHORT_NS);
    assert_true(recv_time(due) >= start_ns);
}

/* ---- Deadlines: never too early ---- */

static void test_recv_until_does_not_give_up_early(void **state)
{
    (void)state;
    weft_chan *const ch = ints(1);
    const int64_t deadline_ns = soon();
    assert_int_equal(-ETIMEDOUT, weft_chan_recv_until(ch, NULL, deadline_ns));
    assert_true(weft_now() >= deadline_ns);
    weft_chan_release(ch);
}

static void test_send_until_does_not_give_up_early(void **state)
{
    (void)state;
    weft_chan *const ch = ints(0);
    const int value = 1;
    const int64_t deadline_ns = soon();
    assert_int_equal(-ETIMEDOUT, weft_chan_send_until(ch, &value, deadline_ns));
    assert_true(weft_now() >= deadline_ns);
    weft_chan_release(ch);
}

static void test_select_until_does_not_give_up_early(void **state)
{
    (void)state;
    weft_chan *const ch = ints(0);
    const int64_t deadline_ns = soon();
    weft_case cases[] = {WEFT_UNTIL(deadline_ns), WEFT_RECV(ch, NULL), WEFT_UNTIL(WEFT_NEVER)};
    assert_int_equal(0, weft_select(cases, 3));
    assert_true(weft_now() >= deadline_ns);
    weft_chan_release(ch);
}

static void test_goroutines_with_deadlines_do_not_disturb_each_other(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const ch = weft_chan_make(sizeof(int64_t), 0);
    watcher watchers[8];
    for (int i = 0; i < 8; i++) {
        watchers[i] = (watcher){.ch = ch, .at_ns = 7, .deadline_ns = weft_now() + i * SHORT_NS / 8};
        START(&wg, watch, &watchers[i]);
    }
    weft_waitgroup_wait(&wg);
    assert_true(weft_now() >= watchers[7].deadline_ns);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(-ETIMEDOUT, watchers[i].result);
        assert_int_equal(7, watchers[i].at_ns);
    }
    weft_chan_release(ch);
}

static void test_a_deadline_outlived_by_its_transfer_is_forgotten(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    peer sender = {.ch = ints(0), .value = 5};
    START(&wg, peer_send, &sender);
    int value = 0;
    const int result = weft_chan_recv_until(sender.ch, &value, soon());
    assert_int_equal(5, result == 0 ? value : recv_int(sender.ch));
    weft_waitgroup_wait(&wg);
    weft_sleep(SHORT_NS);
    assert_int_equal(-ETIMEDOUT, weft_chan_recv_until(sender.ch, &value, soon()));
    weft_chan_release(sender.ch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_now_does_not_go_back),
        weft_unit_test(test_now_does_not_go_back_from_one_goroutine_to_another),
        weft_unit_test(test_sleep_lasts_at_least_its_duration),
        weft_unit_test(test_sleep_of_zero_returns),
        weft_unit_test(test_sleep_of_a_negative_duration_returns),
        weft_unit_test(test_each_of_three_sleepers_sleeps_long_enough),
        weft_unit_test(test_each_of_twenty_sleepers_sleeps_long_enough),
        weft_unit_test(test_who_waits_for_a_sleeper_waits_for_its_sleep),
        weft_unit_test(test_after_sends_the_time_no_earlier_than_due),
        weft_unit_test(test_after_a_duration_of_zero_or_less_is_due_at_once),
        weft_unit_test(test_after_has_no_length_and_no_capacity),
        weft_unit_test(test_after_ends_a_select),
        weft_unit_test(test_after_may_be_received_and_discarded),
        weft_unit_test(test_after_may_be_forgotten),
        weft_unit_test(test_several_afters_are_independent),
        weft_unit_test(test_recv_until_does_not_give_up_early),
        weft_unit_test(test_send_until_does_not_give_up_early),
        weft_unit_test(test_select_until_does_not_give_up_early),
        weft_unit_test(test_goroutines_with_deadlines_do_not_disturb_each_other),
        weft_unit_test(test_a_deadline_outlived_by_its_transfer_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
