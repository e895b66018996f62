/* ticker_test.c: tickers.
 *
 * Goal:   A ticker ticks on its grid, drops what nobody receives, and is silent after stop and
 *         reset until the next tick.
 * Source: Go 1.23, package time: NewTicker, Ticker.Stop, Ticker.Reset.
 * Method: Ticks may come late, never early. */
#include "peers.h"

/* ---- Tickers: time.NewTicker ---- */

static void test_a_ticker_ticks_again_and_again(void **state)
{
    (void)state;
    const int64_t start_ns = weft_now();
    weft_ticker *const ticker = weft_ticker_make(SHORT_NS);
    int64_t before_ns = start_ns;
    for (int tick = 1; tick <= 4; tick++) {
        const int64_t at_ns = recv_time(weft_ticker_chan(ticker));
        assert_true(at_ns >= start_ns + tick * SHORT_NS);
        assert_true(at_ns > before_ns);
        before_ns = at_ns;
    }
    weft_ticker_release(ticker);
}

static void test_a_ticker_keeps_its_channel(void **state)
{
    (void)state;
    weft_ticker *const ticker = weft_ticker_make(SHORT_NS);
    weft_chan *const ch = weft_ticker_chan(ticker);
    assert_non_null(ch);
    weft_ticker_reset(ticker, SHORT_NS);
    assert_ptr_equal(ch, weft_ticker_chan(ticker));
    weft_ticker_release(ticker);
}

static void test_a_ticker_has_no_length_and_no_capacity(void **state)
{
    (void)state;
    weft_ticker *const ticker = weft_ticker_make(SHORT_NS / 4);
    weft_sleep(SHORT_NS);
    assert_int_equal(0, weft_chan_len(weft_ticker_chan(ticker)));
    assert_int_equal(0, weft_chan_cap(weft_ticker_chan(ticker)));
    weft_ticker_release(ticker);
}

/* Of the ticks that were due while nobody received at most one is kept, and one may have been on
 * its way: the third that is received was sent after the first was taken. */
static void test_a_ticker_drops_ticks_that_nobody_receives(void **state)
{
    (void)state;
    weft_ticker *const ticker = weft_ticker_make(SHORT_NS / 4);
    weft_sleep(2 * SHORT_NS);
    const int64_t late_ns = weft_now();
    (void)recv_time(weft_ticker_chan(ticker));
    (void)recv_time(weft_ticker_chan(ticker));
    assert_true(recv_time(weft_ticker_chan(ticker)) >= late_ns);
    weft_ticker_release(ticker);
}

static void test_a_stopped_ticker_is_silent_but_not_closed(void **state)
{
    (void)state;
    weft_ticker *const ticker = weft_ticker_make(SHORT_NS / 2);
    (void)recv_time(weft_ticker_chan(ticker));
    weft_ticker_stop(ticker);
    assert_silent(weft_ticker_chan(ticker));
    weft_ticker_stop(ticker);
    assert_silent(weft_ticker_chan(ticker));
    weft_ticker_release(ticker);
}

static void test_ticker_stop_takes_back_a_tick_nobody_received(void **state)
{
    (void)state;
    weft_ticker *const ticker = weft_ticker_make(SHORT_NS / 4);
    weft_sleep(SHORT_NS);
    weft_ticker_stop(ticker);
    assert_silent(weft_ticker_chan(ticker));
    weft_ticker_release(ticker);
}

static void test_ticker_reset_changes_the_period(void **state)
{
    (void)state;
    weft_ticker *const ticker = weft_ticker_make(SHORT_NS / 4);
    weft_sleep(SHORT_NS);
    const int64_t start_ns = weft_now();
    weft_ticker_reset(ticker, SHORT_NS);
    for (int tick = 1; tick <= 2; tick++) {
        assert_true(recv_time(weft_ticker_chan(ticker)) >= start_ns + tick * SHORT_NS);
    }
    weft_ticker_release(ticker);
}

static void test_ticker_reset_starts_a_stopped_ticker_again(void **state)
{
    (void)state;
    weft_ticker *const ticker = weft_ticker_make(WEFT_SECOND);
    weft_ticker_stop(ticker);
    const int64_t start_ns = weft_now();
    weft_ticker_reset(ticker, SHORT_NS / 2);
    assert_true(recv_time(weft_ticker_chan(ticker)) >= start_ns + SHORT_NS / 2);
    weft_ticker_release(ticker);
}

typedef struct period {
    int64_t ns;
    weft_ticker *ticker;
} period;

static void do_make_ticker(void *arg)
{
    period *const p = arg;
    p->ticker = weft_ticker_make(p->ns);
}

static void do_reset_ticker(void *arg)
{
    const period *const p = arg;
    weft_ticker_reset(p->ticker, p->ns);
}

static void test_a_period_of_zero_or_less_panics(void **state)
{
    (void)state;
    assert_true(panics(do_make_ticker, &(period){.ns = 0}));
    assert_true(panics(do_make_ticker, &(period){.ns = -1}));
    assert_true(panics(do_make_ticker, &(period){.ns = INT64_MIN}));
}

static void test_reset_to_a_period_of_zero_or_less_panics(void **state)
{
    (void)state;
    period p = {.ticker = weft_ticker_make(SHORT_NS / 2)};
    assert_true(panics(do_reset_ticker, &p));
    p.ns = -1;
    assert_true(panics(do_reset_ticker, &p));
    (void)recv_time(weft_ticker_chan(p.ticker)); /* it goes on as before */
    weft_ticker_release(p.ticker);
}

static void test_a_ticker_may_be_released_in_any_state(void **state)
{
    (void)state;
    weft_ticker_release(NULL);
    weft_ticker_release(weft_ticker_make(WEFT_SECOND));
    weft_ticker *const unreceived = weft_ticker_make(1);
    weft_sleep(SHORT_NS / 4);
    weft_ticker_release(unreceived);
    weft_ticker *const stopped = weft_ticker_make(1);
    weft_ticker_stop(stopped);
    weft_ticker_release(stopped);
}

static void test_the_longest_period_does_not_overflow(void **state)
{
    (void)state;
    weft_sleep(SHORT_NS); /* now is greater than 0 */
    int64_t at_ns = INT64_MAX;
    weft_ticker *const ticker = weft_ticker_make(INT64_MAX);
    weft_sleep(0);
    (void)weft_chan_try_recv(weft_ticker_chan(ticker), &at_ns); /* if at all, at the end of time */
    assert_true(at_ns > INT64_MAX / 2);
    weft_ticker_reset(ticker, INT64_MAX);
    weft_ticker_release(ticker);
}

typedef struct metronome {
    weft_chan *ticks;
    weft_chan *counted;
    weft_chan *done;
} metronome;

static void count_ticks_until_done(void *arg)
{
    const metronome *const m = arg;
    weft_case cases[] = {WEFT_RECV(m->done, NULL), WEFT_RECV(m->ticks, NULL)};
    while (weft_select(cases, 2) == 1) {
        (void)weft_chan_try_send(m->counted, NULL);
    }
}

static void test_a_goroutine_selects_between_ticks_and_done(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_ticker *const ticker = weft_ticker_make(SHORT_NS / 2);
    metronome m = {.ticks = weft_ticker_chan(ticker),
                   .counted = weft_chan_make(0, 1),
                   .done = weft_chan_make(0, 0)};
    START(&wg, count_ticks_until_done, &m);
    assert_true(weft_chan_recv(m.counted, NULL));
    assert_true(weft_chan_recv(m.counted, NULL));
    weft_chan_close(m.done);
    weft_waitgroup_wait(&wg);
    weft_ticker_release(ticker);
    weft_chan_release(m.counted);
    weft_chan_release(m.done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_a_ticker_ticks_again_and_again),
        weft_unit_test(test_a_ticker_keeps_its_channel),
        weft_unit_test(test_a_ticker_has_no_length_and_no_capacity),
        weft_unit_test(test_a_ticker_drops_ticks_that_nobody_receives),
        weft_unit_test(test_a_stopped_ticker_is_silent_but_not_closed),
        weft_unit_test(test_ticker_stop_takes_back_a_tick_nobody_received),
        weft_unit_test(test_ticker_reset_changes_the_period),
        weft_unit_test(test_ticker_reset_starts_a_stopped_ticker_again),
        weft_unit_test(test_a_period_of_zero_or_less_panics),
        weft_unit_test(test_reset_to_a_period_of_zero_or_less_panics),
        weft_unit_test(test_a_ticker_may_be_released_in_any_state),
        weft_unit_test(test_the_longest_period_does_not_overflow),
        weft_unit_test(test_a_goroutine_selects_between_ticks_and_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
