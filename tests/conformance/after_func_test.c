/* after_func_test.c: timers that call a function.
 *
 * Goal:   The function runs in a goroutine of its own, once for each time the timer fires, and
 *         not when it was stopped before.
 * Source: Go 1.23, package time: AfterFunc, Timer.Stop, Timer.Reset.
 * Method: A timer may fire long before a goroutine makes its next call or long after it, so tests
 *         accept both and demand that what stop and reset return, and what is received, fit
 *         together. */
#include "peers.h"

#include <stdatomic.h>
#include <string.h>

/* ---- after_func: time.AfterFunc ---- */

typedef struct callback {
    weft_waitgroup wg; /* one for each call of the function still to come */
    atomic_int calls;
    uint64_t id;
    int64_t at_ns;
    bool named_timer;
    weft_chan *ch;
} callback;

static void count_call(void *arg)
{
    callback *const c = arg;
    c->calls++;
    weft_waitgroup_done(&c->wg);
}

static void note_call(void *arg)
{
    callback *const c = arg;
    c->id = weft_id();
    c->named_timer = strcmp("timer", weft_name()) == 0;
    c->at_ns = weft_now();
    weft_waitgroup_done(&c->wg);
}

static void test_after_func_runs_in_a_goroutine_named_timer(void **state)
{
    (void)state;
    callback c = {.id = 0};
    weft_waitgroup_add(&c.wg, 1);
    const int64_t start_ns = weft_now();
    weft_timer *const timer = weft_timer_after_func(SHORT_NS, note_call, &c);
    weft_waitgroup_wait(&c.wg);
    assert_true(c.id != 0 && c.id != weft_id());
    assert_true(c.named_timer);
    assert_true(c.at_ns >= start_ns + SHORT_NS);
    weft_timer_release(timer);
}

static void test_after_func_has_no_channel(void **state)
{
    (void)state;
    callback c = {.id = 0};
    weft_waitgroup_add(&c.wg, 1);
    weft_timer *const timer = weft_timer_after_func(0, count_call, &c);
    assert_null(weft_timer_chan(timer));
    weft_waitgroup_wait(&c.wg);
    weft_timer_release(timer);
}

static void test_after_func_of_zero_or_less_is_due_at_once(void **state)
{
    (void)state;
    callback c = {.id = 0};
    weft_waitgroup_add(&c.wg, 2);
    weft_timer *const zero = weft_timer_after_func(0, count_call, &c);
    weft_timer *const negative = weft_timer_after_func(-WEFT_SECOND, count_call, &c);
    weft_waitgroup_wait(&c.wg);
    assert_int_equal(2, c.calls);
    weft_timer_release(zero);
    weft_timer_release(negative);
}

static void echo_call(void *arg)
{
    callback *const c = arg;
    send_int(c->ch, recv_int(c->ch) + 1);
    weft_sleep(0);
    weft_waitgroup_done(&c->wg);
}

static void test_an_after_func_may_park(void **state)
{
    (void)state;
    callback c = {.ch = ints(0)};
    weft_waitgroup_add(&c.wg, 1);
    weft_timer *const timer = weft_timer_after_func(0, echo_call, &c);
    send_int(c.ch, 5);
    assert_int_equal(6, recv_int(c.ch));
    weft_waitgroup_wait(&c.wg);
    weft_timer_release(timer);
    weft_chan_release(c.ch);
}

static void test_a_stopped_after_func_is_not_called(void **state)
{
    (void)state;
    callback c = {.id = 0};
    weft_waitgroup_add(&c.wg, 1);
    weft_timer *const timer = weft_timer_after_func(SHORT_NS, count_call, &c);
    const bool stopped = weft_timer_stop(timer);
    if (stopped) {
        weft_sleep(2 * SHORT_NS);
        weft_waitgroup_done(&c.wg);
    }
    weft_waitgroup_wait(&c.wg);
    assert_int_equal(stopped ? 0 : 1, c.calls);
    assert_false(weft_timer_stop(timer));
    weft_timer_release(timer);
}

static void test_stop_of_an_after_func_that_was_called_returns_false(void **state)
{
    (void)state;
    callback c = {.id = 0};
    weft_waitgroup_add(&c.wg, 1);
    weft_timer *const timer = weft_timer_after_func(0, count_call, &c);
    weft_waitgroup_wait(&c.wg);
    assert_false(weft_timer_stop(timer));
    weft_timer_release(timer);
}

static void test_stop_does_not_wait_for_the_function(void **state)
{
    (void)state;
    callback c = {.ch = ints(0)};
    weft_waitgroup_add(&c.wg, 1);
    weft_timer *const timer = weft_timer_after_func(0, echo_call, &c);
    send_int(c.ch, 5); /* now it runs, and cannot end before the receive below */
    assert_false(weft_timer_stop(timer));
    weft_timer_release(timer);
    assert_int_equal(6, recv_int(c.ch));
    weft_waitgroup_wait(&c.wg);
    weft_chan_release(c.ch);
}

static void test_reset_calls_the_function_again(void **state)
{
    (void)state;
    callback c = {.id = 0};
    weft_waitgroup_add(&c.wg, 1);
    weft_timer *const timer = weft_timer_after_func(0, count_call, &c);
    for (int calls = 1; calls <= 3; calls++) {
        weft_waitgroup_wait(&c.wg);
        assert_int_equal(calls, c.calls);
        if (calls < 3) {
            weft_waitgroup_add(&c.wg, 1);
            assert_false(weft_timer_reset(timer, SHORT_NS / 4));
        }
    }
    weft_timer_release(timer);
}

static void test_reset_of_a_pending_after_func_calls_it_once(void **state)
{
    (void)state;
    callback c = {.id = 0};
    weft_waitgroup_add(&c.wg, 2);
    weft_timer *const timer = weft_timer_after_func(SHORT_NS, count_call, &c);
    const bool pending = weft_timer_reset(timer, SHORT_NS);
    if (pending) {
        weft_waitgroup_done(&c.wg);
    }
    weft_waitgroup_wait(&c.wg);
    assert_int_equal(pending ? 1 : 2, c.calls);
    assert_false(weft_timer_stop(timer));
    weft_timer_release(timer);
}

typedef struct periodic {
    weft_waitgroup wg;
    weft_chan *timer; /* carries the timer: the function may be called before main knows it */
    int calls;
} periodic;

static void reset_own_timer(void *arg)
{
    periodic *const p = arg;
    weft_timer *timer = NULL;
    (void)weft_chan_recv(p->timer, &timer);
    const bool again = ++p->calls < 3;
    weft_chan_send(p->timer, &timer);
    if (again) {
        assert_false(weft_timer_reset(timer, SHORT_NS / 4));
    }
    weft_waitgroup_done(&p->wg);
}

static void test_an_after_func_may_reset_its_own_timer(void **state)
{
    (void)state;
    periodic p = {.timer = weft_chan_make(sizeof(weft_timer *), 1)};
    weft_waitgroup_add(&p.wg, 3);
    weft_timer *timer = weft_timer_after_func(0, reset_own_timer, &p);
    weft_chan_send(p.timer, &timer);
    weft_waitgroup_wait(&p.wg);
    assert_int_equal(3, p.calls);
    weft_timer_release(timer);
    weft_chan_release(p.timer);
}

static void release_own_timer(void *arg)
{
    periodic *const p = arg;
    weft_timer *timer = NULL;
    (void)weft_chan_recv(p->timer, &timer);
    weft_timer_release(timer);
    weft_waitgroup_done(&p->wg);
}

static void test_an_after_func_may_release_its_own_timer(void **state)
{
    (void)state;
    periodic p = {.timer = weft_chan_make(sizeof(weft_timer *), 0)};
    weft_waitgroup_add(&p.wg, 1);
    weft_timer *timer = weft_timer_after_func(0, release_own_timer, &p);
    weft_chan_send(p.timer, &timer);
    weft_waitgroup_wait(&p.wg);
    weft_chan_release(p.timer);
}

static void call_nothing(void *arg)
{
    (void)arg;
}

static void test_a_pending_after_func_may_be_released(void **state)
{
    (void)state;
    weft_timer_release(weft_timer_after_func(WEFT_SECOND, call_nothing, NULL));
    weft_timer_release(weft_timer_after_func(0, call_nothing, NULL));
}

static void panic_in_callback(void *arg)
{
    (void)arg;
    weft_panic("expected");
}

static void try_to_panic(void *arg)
{
    callback *const c = arg;
    c->calls += weft_try(panic_in_callback, NULL, NULL);
    weft_waitgroup_done(&c->wg);
}

static void test_an_after_func_is_a_goroutine_like_any_other(void **state)
{
    (void)state;
    callback c = {.id = 0};
    weft_waitgroup_add(&c.wg, 1);
    weft_timer *const timer = weft_timer_after_func(0, try_to_panic, &c);
    weft_waitgroup_wait(&c.wg);
    assert_int_equal(1, c.calls);
    weft_timer_release(timer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_after_func_runs_in_a_goroutine_named_timer),
        weft_unit_test(test_after_func_has_no_channel),
        weft_unit_test(test_after_func_of_zero_or_less_is_due_at_once),
        weft_unit_test(test_an_after_func_may_park),
        weft_unit_test(test_a_stopped_after_func_is_not_called),
        weft_unit_test(test_stop_of_an_after_func_that_was_called_returns_false),
        weft_unit_test(test_stop_does_not_wait_for_the_function),
        weft_unit_test(test_reset_calls_the_function_again),
        weft_unit_test(test_reset_of_a_pending_after_func_calls_it_once),
        weft_unit_test(test_an_after_func_may_reset_its_own_timer),
        weft_unit_test(test_an_after_func_may_release_its_own_timer),
        weft_unit_test(test_a_pending_after_func_may_be_released),
        weft_unit_test(test_an_after_func_is_a_goroutine_like_any_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
