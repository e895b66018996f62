/* timer_test.c: timers that send the time on a channel.
 *
 * Goal:   Firing, stop, reset and release, also by several goroutines; after stop and reset no
 *         value from before is received.
 * Source: Go 1.23, package time: NewTimer, Timer.Stop, Timer.Reset.
 * Method: A timer may fire long before a goroutine makes its next call or long after it, so tests
 *         accept both and demand that what stop and reset return, and what is received, fit
 *         together. */
#include "peers.h"

/* ---- Timers: time.NewTimer ---- */

static void test_a_timer_sends_the_time_once(void **state)
{
    (void)state;
    const int64_t start_ns = weft_now();
    weft_timer *const timer = weft_timer_make(SHORT_NS);
    assert_true(recv_time(weft_timer_chan(timer)) >= start_ns + SHORT_NS);
    assert_silent(weft_timer_chan(timer));
    weft_timer_release(timer);
}

static void test_a_timer_keeps_its_channel(void **state)
{
    (void)state;
    weft_timer *const timer = weft_timer_make(0);
    weft_chan *const ch = weft_timer_chan(timer);
    assert_non_null(ch);
    (void)recv_time(ch);
    assert_ptr_equal(ch, weft_timer_chan(timer));
    (void)weft_timer_reset(timer, 0);
    assert_ptr_equal(ch, weft_timer_chan(timer));
    weft_timer_release(timer);
}

static void test_a_timer_of_zero_or_less_is_due_at_once(void **state)
{
    (void)state;
    static const int64_t durations_ns[] = {0, -1, INT64_MIN};
    for (int i = 0; i < 3; i++) {
        const int64_t start_ns = weft_now();
        weft_timer *const timer = weft_timer_make(durations_ns[i]);
        assert_true(recv_time(weft_timer_chan(timer)) >= start_ns);
        weft_timer_release(timer);
    }
}

/* Go 1.23: the channel of a timer is unbuffered as far as anyone can see. */
static void test_a_timer_has_no_length_and_no_capacity(void **state)
{
    (void)state;
    weft_timer *const timer = weft_timer_make(0);
    assert_int_equal(0, weft_chan_len(weft_timer_chan(timer)));
    assert_int_equal(0, weft_chan_cap(weft_timer_chan(timer)));
    weft_sleep(SHORT_NS);
    assert_int_equal(0, weft_chan_len(weft_timer_chan(timer)));
    assert_int_equal(0, weft_chan_cap(weft_timer_chan(timer)));
    (void)recv_time(weft_timer_chan(timer));
    weft_timer_release(timer);
}

static void test_stop_returns_true_for_a_timer_nobody_received_from(void **state)
{
    (void)state;
    weft_timer *const timer = weft_timer_make(WEFT_SECOND);
    assert_true(weft_timer_stop(timer));
    weft_timer_release(timer);
}

static void test_stop_returns_false_the_second_time(void **state)
{
    (void)state;
    weft_timer *const timer = weft_timer_make(SHORT_NS);
    assert_true(weft_timer_stop(timer));
    assert_false(weft_timer_stop(timer));
    assert_silent(weft_timer_chan(timer));
    assert_false(weft_timer_stop(timer));
    weft_timer_release(timer);
}

static void test_stop_returns_false_after_the_value_was_received(void **state)
{
    (void)state;
    weft_timer *const timer = weft_timer_make(0);
    (void)recv_time(weft_timer_chan(timer));
    assert_false(weft_timer_stop(timer));
    weft_timer_release(timer);
}

static void test_nothing_is_received_from_a_stopped_timer(void **state)
{
    (void)state;
    weft_timer *const timer = weft_timer_make(SHORT_NS / 2);
    assert_true(weft_timer_stop(timer));
    assert_silent(weft_timer_chan(timer));
    weft_timer_release(timer);
}

/* Go 1.23: no stale value, though the timer had been due for long. */
static void test_stop_takes_back_a_value_nobody_received(void **state)
{
    (void)state;
    weft_timer *const timer = weft_timer_make(0);
    weft_sleep(SHORT_NS);
    assert_true(weft_timer_stop(timer));
    assert_silent(weft_timer_chan(timer));
    weft_timer_release(timer);
}

static void test_stop_does_not_close_the_channel(void **state)
{
    (void)state;
    weft_timer *const timer = weft_timer_make(WEFT_SECOND);
    (void)weft_timer_stop(timer);
    assert_int_equal(-EAGAIN, weft_chan_try_recv(weft_timer_chan(timer), NULL));
    weft_timer_release(timer);
}

static void test_reset_of_a_pending_timer_moves_its_deadline(void **state)
{
    (void)state;
    weft_timer *const timer = weft_timer_make(SHORT_NS / 2);
    const int64_t start_ns = weft_now();
    assert_true(weft_timer_reset(timer, 2 * SHORT_NS));
    assert_true(recv_time(weft_timer_chan(timer)) >= start_ns + 2 * SHORT_NS);
    assert_silent(weft_timer_chan(timer));
    weft_timer_release(timer);
}

static void test_reset_can_make_a_timer_fire_sooner(void **state)
{
    (void)state;
    weft_timer *const timer = weft_timer_make(WEFT_SECOND * 1000);
    assert_true(weft_timer_reset(timer, 0));
    (void)recv_time(weft_timer_chan(timer));
    weft_timer_release(timer);
}

/* Go 1.23: the value from before the reset is never received. */
static void test_reset_takes_back_a_value_nobody_received(void **state)
{
    (void)state;
    weft_timer *const timer = weft_timer_make(0);
    weft_sleep(SHORT_NS);
    const int64_t start_ns = weft_now();
    assert_true(weft_timer_reset(timer, SHORT_NS));
    assert_true(recv_time(weft_timer_chan(timer)) >= start_ns + SHORT_NS);
    assert_silent(weft_timer_chan(timer));
    weft_timer_release(timer);
}

static void test_reset_starts_a_fired_timer_again(void **state)
{
    (void)state;
    weft_timer *const timer = weft_timer_make(0);
    (void)recv_time(weft_timer_chan(timer));
    for (int i = 0; i < 3; i++) {
        const int64_t start_ns = weft_now();
        assert_false(weft_timer_reset(timer, SHORT_NS / 4));
        assert_true(recv_time(weft_timer_chan(timer)) >= start_ns + SHORT_NS / 4);
    }
    weft_timer_release(timer);
}

static void test_reset_starts_a_stopped_timer_again(void **state)
{
    (void)state;
    weft_timer *const timer = weft_timer_make(WEFT_SECOND);
    assert_true(weft_timer_stop(timer));
    assert_false(weft_timer_reset(timer, -1));
    (void)recv_time(weft_timer_chan(timer));
    weft_timer_release(timer);
}

static void test_a_timer_may_be_released_in_any_state(void **state)
{
    (void)state;
    weft_timer_release(NULL);
    weft_timer_release(weft_timer_make(WEFT_SECOND));
    weft_timer *const unreceived = weft_timer_make(0);
    weft_sleep(SHORT_NS);
    weft_timer_release(unreceived);
    weft_timer *const stopped = weft_timer_make(WEFT_SECOND);
    (void)weft_timer_stop(stopped);
    weft_timer_release(stopped);
}

static void test_the_longest_duration_does_not_overflow(void **state)
{
    (void)state;
    weft_sleep(SHORT_NS); /* now is greater than 0 */
    int64_t at_ns = INT64_MAX;
    weft_timer *const timer = weft_timer_make(INT64_MAX);
    weft_sleep(0);
    (void)weft_chan_try_recv(weft_timer_chan(timer), &at_ns); /* if at all, at the end of time */
    assert_true(at_ns > INT64_MAX / 2);
    (void)weft_timer_reset(timer, INT64_MAX - 1);
    assert_true(weft_timer_stop(timer));
    weft_timer_release(timer);
}

static void test_a_select_polls_a_timer(void **state)
{
    (void)state;
    weft_timer *const timer = weft_timer_make(0);
    weft_case cases[] = {WEFT_DEFAULT, WEFT_RECV(weft_timer_chan(timer), NULL)};
    const size_t chosen = weft_select(cases, 2);
    assert_int_equal(chosen == 0, weft_timer_stop(timer));
    weft_timer_release(timer);
}

enum { TIMERS = 40 };

/* Durations in no order, half of the timers stopped in another: the backend must sort them. */
static void test_many_timers_each_keep_their_own_time(void **state)
{
    (void)state;
    weft_timer *timers[TIMERS];
    int64_t deadlines_ns[TIMERS];
    for (int i = 0; i < TIMERS; i++) {
        const int64_t duration_ns = i * 17 % TIMERS * (SHORT_NS / 8);
        deadlines_ns[i] = weft_now() + duration_ns;
        timers[i] = weft_timer_make(duration_ns);
    }
    for (int i = 0; i < TIMERS; i++) {
        const int k = i * 13 % TIMERS;
        if (k % 2 == 0) {
            assert_true(weft_timer_stop(timers[k]));
        }
    }
    for (int i = 0; i < TIMERS; i++) {
        if (i % 2 != 0) {
            assert_true(recv_time(weft_timer_chan(timers[i])) >= deadlines_ns[i]);
        }
        assert_int_equal(-EAGAIN, weft_chan_try_recv(weft_timer_chan(timers[i]), NULL));
        weft_timer_release(timers[i]);
    }
}

/* ---- A timer shared by several goroutines ---- */

static void stop_timer(void *arg)
{
    watcher *const w = arg;
    w->stopped = weft_timer_stop(w->timer);
}

static void reset_timer(void *arg)
{
    watcher *const w = arg;
    w->stopped = true;
    for (int i = 0; i < 10; i++) {
        w->stopped = weft_timer_reset(w->timer, i * SHORT_NS / 10) && w->stopped;
    }
}

static void test_stop_is_false_exactly_when_someone_received(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_timer *const timer = weft_timer_make(SHORT_NS);
    watcher w = {.ch = weft_timer_chan(timer), .deadline_ns = weft_now() + 2 * SHORT_NS};
    START(&wg, watch, &w);
    weft_sleep(SHORT_NS);
    const bool stopped = weft_timer_stop(timer);
    weft_waitgroup_wait(&wg);
    assert_int_equal(stopped ? -ETIMEDOUT : 0, w.result);
    weft_timer_release(timer);
}

static void test_reset_and_a_receiver_agree_on_what_was_received(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_timer *const timer = weft_timer_make(SHORT_NS / 4);
    watcher w = {.ch = weft_timer_chan(timer), .deadline_ns = WEFT_NEVER};
    START(&wg, watch, &w);
    const int64_t start_ns = weft_now();
    const bool pending = weft_timer_reset(timer, SHORT_NS);
    const int64_t last_ns = pending ? INT64_MAX : recv_time(weft_timer_chan(timer));
    weft_waitgroup_wait(&wg);
    assert_int_equal(0, w.result);
    assert_true((pending ? w.at_ns : last_ns) >= start_ns + SHORT_NS);
    assert_silent(weft_timer_chan(timer));
    weft_timer_release(timer);
}

static void test_one_of_two_receivers_gets_the_time(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_timer *const timer = weft_timer_make(SHORT_NS / 2);
    watcher watchers[2];
    for (int i = 0; i < 2; i++) {
        watchers[i] = (watcher){.ch = weft_timer_chan(timer), .deadline_ns = soon()};
        START(&wg, watch, &watchers[i]);
    }
    weft_waitgroup_wait(&wg);
    const int received = (watchers[0].result == 0) + (watchers[1].result == 0);
    assert_true(received < 2);
    assert_int_equal(received == 0, weft_timer_stop(timer));
    weft_timer_release(timer);
}

static void test_one_of_two_concurrent_stops_returns_true(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    watcher stoppers[2] = {{.timer = weft_timer_make(SHORT_NS / 4)}};
    stoppers[1] = stoppers[0];
    START(&wg, stop_timer, &stoppers[0]);
    START(&wg, stop_timer, &stoppers[1]);
    weft_waitgroup_wait(&wg);
    assert_int_equal(1, stoppers[0].stopped + stoppers[1].stopped);
    weft_timer_release(stoppers[0].timer);
}

static void test_concurrent_resets_leave_one_value(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_timer *const timer = weft_timer_make(0);
    watcher resetters[3];
    for (int i = 0; i < 3; i++) {
        resetters[i] = (watcher){.timer = timer};
        START(&wg, reset_timer, &resetters[i]);
    }
    weft_waitgroup_wait(&wg);
    for (int i = 0; i < 3; i++) {
        assert_true(resetters[i].stopped);
    }
    (void)recv_time(weft_timer_chan(timer));
    assert_silent(weft_timer_chan(timer));
    weft_timer_release(timer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_a_timer_sends_the_time_once),
        weft_unit_test(test_a_timer_keeps_its_channel),
        weft_unit_test(test_a_timer_of_zero_or_less_is_due_at_once),
        weft_unit_test(test_a_timer_has_no_length_and_no_capacity),
        weft_unit_test(test_stop_returns_true_for_a_timer_nobody_received_from),
        weft_unit_test(test_stop_returns_false_the_second_time),
        weft_unit_test(test_stop_returns_false_after_the_value_was_received),
        weft_unit_test(test_nothing_is_received_from_a_stopped_timer),
        weft_unit_test(test_stop_takes_back_a_value_nobody_received),
        weft_unit_test(test_stop_does_not_close_the_channel),
        weft_unit_test(test_reset_of_a_pending_timer_moves_its_deadline),
        weft_unit_test(test_reset_can_make_a_timer_fire_sooner),
        weft_unit_test(test_reset_takes_back_a_value_nobody_received),
        weft_unit_test(test_reset_starts_a_fired_timer_again),
        weft_unit_test(test_reset_starts_a_stopped_timer_again),
        weft_unit_test(test_a_timer_may_be_released_in_any_state),
        weft_unit_test(test_the_longest_duration_does_not_overflow),
        weft_unit_test(test_a_select_polls_a_timer),
        weft_unit_test(test_many_timers_each_keep_their_own_time),
        weft_unit_test(test_stop_is_false_exactly_when_someone_received),
        weft_unit_test(test_reset_and_a_receiver_agree_on_what_was_received),
        weft_unit_test(test_one_of_two_receivers_gets_the_time),
        weft_unit_test(test_one_of_two_concurrent_stops_returns_true),
        weft_unit_test(test_concurrent_resets_leave_one_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
