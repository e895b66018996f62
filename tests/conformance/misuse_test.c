/* misuse_test.c: what panics, and that it can be recovered.
 *
 * Goal:   every misuse that weft.h answers with a panic does, says something, and leaves the object
 *         as usable as it was. Misuse of semaphores is in sema_test.c, of wait groups also in
 *         waitgroup_test.c.
 * Source: Go spec, "Close", "Send statements", "Run-time panics"; weft.h, each "Panics:". */
#include <weft/cmocka.h>

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

/* The misuse panics, with a message, at a site, in this goroutine. */
static void check_panics(weft_fn *misuse, void *arg)
{
    weft_panic_info info = {0};
    assert_int_equal(weft_try(misuse, arg, &info), 1);
    assert_true(strlen(info.message) > 0);
    assert_non_null(info.site);
    assert_int_equal(info.goroutine, weft_id());
}

static weft_chan *chan_of_int(size_t capacity)
{
    weft_chan *const chan = weft_chan_make(sizeof(int), capacity);
    assert_non_null(chan);
    return chan;
}

static void send_one(void *chan)
{
    const int value = 1;
    weft_chan_send(chan, &value);
}

static void try_send_one(void *chan)
{
    const int value = 1;
    (void)weft_chan_try_send(chan, &value);
}

static void send_one_until(void *chan)
{
    const int value = 1;
    (void)weft_chan_send_until(chan, &value, WEFT_NEVER);
}

static void close_it(void *chan)
{
    weft_chan_close(chan);
}

static void select_send(void *chan)
{
    const int value = 1;
    weft_case cases[] = {WEFT_SEND(chan, &value)};
    (void)weft_select(cases, 1);
}

static void select_send_or_default(void *chan)
{
    const int value = 1;
    weft_case cases[] = {WEFT_SEND(chan, &value), WEFT_DEFAULT};
    (void)weft_select(cases, 2);
}

static void select_two_defaults(void *chan)
{
    (void)chan;
    weft_case cases[] = {WEFT_DEFAULT, WEFT_DEFAULT};
    (void)weft_select(cases, 2);
}

/* ---- Channels ---- */

static void check_closed_panics(weft_fn *misuse)
{
    for (size_t capacity = 0; capacity <= 1; capacity++) {
        weft_chan *const chan = chan_of_int(capacity);
        weft_chan_close(chan);
        check_panics(misuse, chan);
        weft_chan_release(chan);
    }
}

static void test_send_on_a_closed_channel_panics(void **state)
{
    (void)state;
    check_closed_panics(send_one);
}

static void test_try_send_on_a_closed_channel_panics(void **state)
{
    (void)state;
    check_closed_panics(try_send_one);
}

static void test_send_until_on_a_closed_channel_panics(void **state)
{
    (void)state;
    check_closed_panics(send_one_until);
}

static void test_select_that_chooses_a_send_on_a_closed_channel_panics(void **state)
{
    (void)state;
    check_closed_panics(select_send);
    check_closed_panics(select_send_or_default);
}

static void test_close_of_a_closed_channel_panics(void **state)
{
    (void)state;
    check_closed_panics(close_it);
}

static void test_close_of_null_panics(void **state)
{
    (void)state;
    check_panics(close_it, NULL);
}

static void test_two_defaults_panic(void **state)
{
    (void)state;
    check_panics(select_two_defaults, NULL);
}

static void test_closed_channel_stays_usable_after_a_recovered_panic(void **state)
{
    (void)state;
    weft_chan *const chan = chan_of_int(2);
    int value = 7;
    weft_chan_send(chan, &value);
    weft_chan_close(chan);
    check_panics(send_one, chan);
    check_panics(close_it, chan);
    check_panics(select_send, chan);
    assert_int_equal(weft_chan_len(chan), 1);
    assert_true(weft_chan_recv(chan, &value));
    assert_int_equal(value, 7);
    assert_int_equal(weft_chan_try_recv(chan, &value), -EPIPE);
    weft_chan_release(chan);
}

typedef struct shared {
    weft_chan *chan;
    weft_waitgroup ended;
    atomic_int panics;
} shared;

static void send_and_recover(void *arg)
{
    shared *const s = arg;
    atomic_fetch_add(&s->panics, weft_try(send_one, s->chan, NULL));
}

static void select_and_recover(void *arg)
{
    shared *const s = arg;
    atomic_fetch_add(&s->panics, weft_try(select_send, s->chan, NULL));
}

static void test_close_makes_those_who_wait_to_send_panic(void **state)
{
    (void)state;
    shared s = {.chan = chan_of_int(0)};
    assert_int_equal(weft_waitgroup_go(&s.ended, send_and_recover, &s), 0);
    assert_int_equal(weft_waitgroup_go(&s.ended, select_and_recover, &s), 0);
    assert_int_equal(weft_waitgroup_go(&s.ended, send_and_recover, &s), 0);
    weft_yield();
    weft_chan_close(s.chan);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.panics), 3);
    assert_false(weft_chan_recv(s.chan, NULL));
    weft_chan_release(s.chan);
}

/* ---- The others ---- */

static void done_once_more(void *group)
{
    weft_waitgroup_done(group);
}

static void test_negative_wait_group_panics(void **state)
{
    (void)state;
    weft_waitgroup group = {0};
    check_panics(done_once_more, &group);
}

static void make_ticker_of_zero(void *arg)
{
    (void)arg;
    weft_ticker_release(weft_ticker_make(0));
}

static void make_ticker_of_less(void *arg)
{
    (void)arg;
    weft_ticker_release(weft_ticker_make(-1));
}

static void test_ticker_without_a_period_panics(void **state)
{
    (void)state;
    check_panics(make_ticker_of_zero, NULL);
    check_panics(make_ticker_of_less, NULL);
}

static void reset_ticker_to_zero(void *ticker)
{
    weft_ticker_reset(ticker, 0);
}

static void test_ticker_reset_without_a_period_panics(void **state)
{
    (void)state;
    weft_ticker *const ticker = weft_ticker_make(WEFT_SECOND);
    assert_non_null(ticker);
    check_panics(reset_ticker_to_zero, ticker);
    weft_ticker_release(ticker);
}

static void choose_of_none(void *arg)
{
    (void)arg;
    (void)weft_choose(0);
}

static void test_choice_among_none_panics(void **state)
{
    (void)state;
    check_panics(choose_of_none, NULL);
}

static void close_in_a_deferred_call(void *chan)
{
    weft_defer(close_it, chan);
    weft_chan_close(chan);
}

static void test_misuse_in_a_deferred_call_panics(void **state)
{
    (void)state;
    weft_chan *const chan = chan_of_int(0);
    check_panics(close_in_a_deferred_call, chan);
    assert_false(weft_chan_recv(chan, NULL));
    weft_chan_release(chan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_send_on_a_closed_channel_panics),
        weft_unit_test(test_try_send_on_a_closed_channel_panics),
        weft_unit_test(test_send_until_on_a_closed_channel_panics),
        weft_unit_test(test_select_that_chooses_a_send_on_a_closed_channel_panics),
        weft_unit_test(test_close_of_a_closed_channel_panics),
        weft_unit_test(test_close_of_null_panics),
        weft_unit_test(test_two_defaults_panic),
        weft_unit_test(test_closed_channel_stays_usable_after_a_recovered_panic),
        weft_unit_test(test_close_makes_those_who_wait_to_send_panic),
        weft_unit_test(test_negative_wait_group_panics),
        weft_unit_test(test_ticker_without_a_period_panics),
        weft_unit_test(test_ticker_reset_without_a_period_panics),
        weft_unit_test(test_choice_among_none_panics),
        weft_unit_test(test_misuse_in_a_deferred_call_panics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
