/* select_ready_test.c: select among cases that are ready.
 *
 * Goal:   Exactly one ready case is executed, each may be, closed channels count as ready, and a
 *         send on one panics when it is chosen.
 * Source: Go spec, "Select statements", "Close".
 * Method: Which of several ready cases is chosen is anybody's guess, so tests accept each of
 *         them; that each is chosen at some time is for WEFT_SOMETIMES to say. */
#include "peers.h"

/* ---- Several ready cases: Go spec: one of them, by uniform choice ---- */

static void test_exactly_one_of_the_ready_cases_is_executed(void **state)
{
    (void)state;
    weft_chan *const a = ints(2);
    weft_chan *const b = ints(2);
    int value = 0;
    const int sent = 9;
    send_int(a, 1);
    weft_case cases[] = {WEFT_RECV(a, &value), WEFT_SEND(b, &sent), WEFT_RECV(b, &value)};
    const size_t chosen = weft_select(cases, 3);
    assert_true(chosen < 2);
    assert_int_equal(chosen == 0 ? 1 : 0, value);
    assert_int_equal(chosen == 0 ? 0 : 1, weft_chan_len(a));
    assert_int_equal(chosen == 0 ? 0 : 1, weft_chan_len(b));
    weft_chan_release(a);
    weft_chan_release(b);
}

static void test_each_ready_case_is_chosen_at_some_time(void **state)
{
    (void)state;
    weft_chan *chans[4];
    for (int i = 0; i < 4; i++) {
        chans[i] = ints(1);
        send_int(chans[i], i);
    }
    for (int round = 0; round < 6; round++) {
        int value = -1;
        weft_case cases[] = {WEFT_RECV(chans[0], &value), WEFT_RECV(chans[1], &value),
                             WEFT_RECV(chans[2], &value), WEFT_RECV(chans[3], &value)};
        const size_t chosen = weft_select(cases, 4);
        assert_int_equal(chosen, value);
        send_int(chans[chosen], value);
        WEFT_SOMETIMES(chosen == 0, "the first of four ready cases");
        WEFT_SOMETIMES(chosen == 1, "the second of four ready cases");
        WEFT_SOMETIMES(chosen == 2, "the third of four ready cases");
        WEFT_SOMETIMES(chosen == 3, "the last of four ready cases");
    }
    for (int i = 0; i < 4; i++) {
        weft_chan_release(chans[i]);
    }
}

static void test_a_ready_send_and_a_ready_receive_are_equals(void **state)
{
    (void)state;
    weft_chan *const full = ints(1);
    weft_chan *const empty = ints(1);
    int value = 0;
    send_int(full, 5);
    weft_case cases[] = {WEFT_SEND(empty, &value), WEFT_RECV(full, &value)};
    const size_t chosen = weft_select(cases, 2);
    assert_true(chosen < 2);
    WEFT_SOMETIMES(chosen == 0, "the send of a ready send and a ready receive");
    WEFT_SOMETIMES(chosen == 1, "the receive of a ready send and a ready receive");
    weft_chan_release(full);
    weft_chan_release(empty);
}

/* All states of three channels against what the specification says is ready. */
static weft_chan *channel_in_state(unsigned state)
{
    if (state == 3) {
        return NULL;
    }
    weft_chan *const ch = ints(1);
    if (state == 1) {
        send_int(ch, 5);
    } else if (state == 2) {
        weft_chan_close(ch);
    }
    return ch;
}

static void check_states(const unsigned states[3])
{
    weft_chan *chans[3];
    weft_case cases[4];
    int value = 7;
    bool any = false;
    for (size_t i = 0; i < 3; i++) {
        chans[i] = channel_in_state(states[i]);
        cases[i] = WEFT_RECV(chans[i], &value);
        any = any || states[i] == 1 || states[i] == 2;
    }
    cases[3] = WEFT_DEFAULT;
    const size_t chosen = weft_select(cases, 4);
    assert_true(any ? chosen < 3 : chosen == 3);
    if (chosen < 3) {
        assert_true(states[chosen] == 1 || states[chosen] == 2);
        assert_int_equal(states[chosen] == 1, cases[chosen].ok);
        assert_int_equal(states[chosen] == 1 ? 5 : 0, value);
    }
    for (size_t i = 0; i < 3; i++) {
        weft_chan_release(chans[i]);
    }
}

static void test_empty_full_closed_and_null_channels_in_every_mix(void **state)
{
    (void)state;
    for (unsigned mix = 0; mix < 64; mix++) {
        check_states((unsigned[]){mix & 3, mix >> 2 & 3, mix >> 4 & 3});
    }
}

/* ---- Closed channels ---- */

static void test_a_receive_from_closed_is_ready_and_not_ok(void **state)
{
    (void)state;
    weft_chan *const open = ints(0);
    weft_chan *const closed = ints(0);
    weft_chan_close(closed);
    int value = 7;
    weft_case cases[] = {WEFT_RECV(open, &value), WEFT_RECV(closed, &value)};
    cases[1].ok = true;
    assert_int_equal(1, weft_select(cases, 2));
    assert_false(cases[1].ok);
    assert_int_equal(0, value);
    weft_chan_release(open);
    weft_chan_release(closed);
}

static void test_ok_stays_true_until_a_closed_channel_is_drained(void **state)
{
    (void)state;
    weft_chan *const ch = ints(2);
    send_int(ch, 1);
    send_int(ch, 2);
    weft_chan_close(ch);
    int value = 0;
    weft_case cases[] = {WEFT_UNTIL(WEFT_NEVER), WEFT_RECV(ch, &value)};
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(1, weft_select(cases, 2));
        assert_int_equal(i < 3, cases[1].ok);
        assert_int_equal(i < 3 ? i : 0, value);
    }
    weft_chan_release(ch);
}

static void test_close_wakes_a_parked_receive_case(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const other = ints(0);
    peer closer = {.ch = ints(0)};
    START(&wg, peer_close, &closer);
    int value = 7;
    weft_case cases[] = {WEFT_RECV(other, &value), WEFT_RECV(closer.ch, &value)};
    assert_int_equal(1, weft_select(cases, 2));
    assert_false(cases[1].ok);
    assert_int_equal(0, value);
    weft_waitgroup_wait(&wg);
    assert_int_equal(-EAGAIN, try_send_int(other, 1));
    weft_chan_release(other);
    weft_chan_release(closer.ch);
}

static void test_choosing_a_send_on_closed_panics(void **state)
{
    (void)state;
    weft_chan *const ch = ints(1);
    const int value = 1;
    weft_chan_close(ch);
    weft_case cases[] = {WEFT_RECV(NULL, NULL), WEFT_SEND(ch, &value)};
    assert_true(panics(do_select, &(choice){.cases = cases, .count = 2}));
    weft_chan_release(ch);
}

static void test_a_send_on_closed_wins_over_default_and_panics(void **state)
{
    (void)state;
    weft_chan *const ch = ints(0);
    const int value = 1;
    weft_chan_close(ch);
    weft_case cases[] = {WEFT_DEFAULT, WEFT_SEND(ch, &value), WEFT_UNTIL(INT64_MIN)};
    assert_true(panics(do_select, &(choice){.cases = cases, .count = 3}));
    weft_chan_release(ch);
}

static void test_a_send_on_closed_that_is_not_chosen_does_no_harm(void **state)
{
    (void)state;
    weft_chan *const closed = ints(1);
    weft_chan *const full = ints(1);
    int value = 0;
    weft_chan_close(closed);
    send_int(full, 5);
    weft_case cases[] = {WEFT_SEND(closed, &value), WEFT_RECV(full, &value)};
    choice c = {.cases = cases, .count = 2, .chosen = 0};
    if (!panics(do_select, &c)) {
        assert_int_equal(1, c.chosen);
        assert_int_equal(5, value);
    } else {
        assert_int_equal(1, weft_chan_len(full));
    }
    weft_chan_release(closed);
    weft_chan_release(full);
}

static void test_the_channels_stay_usable_after_the_panic(void **state)
{
    (void)state;
    weft_chan *const closed = ints(0);
    weft_chan *const other = ints(1);
    int value = 1;
    weft_chan_close(closed);
    send_int(other, 2);
    weft_case cases[] = {WEFT_SEND(other, &value), WEFT_SEND(closed, &value)};
    assert_true(panics(do_select, &(choice){.cases = cases, .count = 2}));
    assert_int_equal(2, recv_int(other));
    assert_int_equal(-EAGAIN, weft_chan_try_recv(other, NULL));
    assert_false(weft_chan_recv(closed, NULL));
    weft_chan_release(closed);
    weft_chan_release(other);
}

static void select_to_send(void *arg)
{
    peer *const p = arg;
    weft_case cases[] = {WEFT_RECV(NULL, NULL), WEFT_SEND(p->ch, &p->value)};
    choice c = {.cases = cases, .count = 2};
    p->result = weft_try(do_select, &c, NULL) == 0 ? 0 : PANICKED;
}

static void test_close_makes_a_parked_send_case_panic(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    peer sender = {.ch = ints(0), .value = 1};
    START(&wg, select_to_send, &sender);
    weft_yield();
    weft_chan_close(sender.ch);
    weft_waitgroup_wait(&wg);
    assert_int_equal(PANICKED, sender.result);
    assert_false(weft_chan_recv(sender.ch, NULL));
    weft_chan_release(sender.ch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_exactly_one_of_the_ready_cases_is_executed),
        weft_unit_test(test_each_ready_case_is_chosen_at_some_time),
        weft_unit_test(test_a_ready_send_and_a_ready_receive_are_equals),
        weft_unit_test(test_empty_full_closed_and_null_channels_in_every_mix),
        weft_unit_test(test_a_receive_from_closed_is_ready_and_not_ok),
        weft_unit_test(test_ok_stays_true_until_a_closed_channel_is_drained),
        weft_unit_test(test_close_wakes_a_parked_receive_case),
        weft_unit_test(test_choosing_a_send_on_closed_panics),
        weft_unit_test(test_a_send_on_closed_wins_over_default_and_panics),
        weft_unit_test(test_a_send_on_closed_that_is_not_chosen_does_no_harm),
        weft_unit_test(test_the_channels_stay_usable_after_the_panic),
        weft_unit_test(test_close_makes_a_parked_send_case_panic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
