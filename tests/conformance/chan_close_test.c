/* chan_close_test.c: closing channels.
 *
 * Goal:   What was sent before is received, receivers get zero and false, senders panic, parked
 *         or not, and a second close panics.
 * Source: Go spec, "Close", "Receive operator", "Send statements".
 * Method: The test is goroutine main; its peers (peers.h) make one call each. Nothing depends on
 *         who arrives first. */
#include "peers.h"

/* ---- Close: Go spec, "Close", "Receive operator", "Send statements" ---- */

static void test_recv_from_closed_returns_false_and_zero(void **state)
{
    (void)state;
    weft_chan *const ch = ints(0);
    weft_chan_close(ch);
    int value = 7;
    assert_false(weft_chan_recv(ch, &value));
    assert_int_equal(0, value);
    weft_chan_release(ch);
}

static void test_recv_from_closed_never_parks_however_often(void **state)
{
    (void)state;
    weft_chan *const ch = ints(2);
    weft_chan_close(ch);
    for (int i = 0; i < 10; i++) {
        int value = 7;
        assert_false(weft_chan_recv(ch, &value));
        assert_int_equal(0, value);
    }
    weft_chan_release(ch);
}

static void test_closed_channel_gives_its_buffer_first(void **state)
{
    (void)state;
    weft_chan *const ch = ints(3);
    send_int(ch, 1);
    send_int(ch, 2);
    weft_chan_close(ch);
    assert_int_equal(1, recv_int(ch));
    assert_int_equal(2, recv_int(ch));
    assert_false(weft_chan_recv(ch, NULL));
    weft_chan_release(ch);
}

static void test_close_keeps_length_and_capacity(void **state)
{
    (void)state;
    weft_chan *const ch = ints(3);
    send_int(ch, 1);
    send_int(ch, 2);
    weft_chan_close(ch);
    assert_int_equal(2, weft_chan_len(ch));
    assert_int_equal(3, weft_chan_cap(ch));
    assert_int_equal(1, recv_int(ch));
    assert_int_equal(1, weft_chan_len(ch));
    weft_chan_release(ch);
}

static void test_try_recv_from_closed_says_so_once_drained(void **state)
{
    (void)state;
    weft_chan *const ch = ints(1);
    int value = 0;
    send_int(ch, 5);
    weft_chan_close(ch);
    assert_int_equal(0, weft_chan_try_recv(ch, &value));
    assert_int_equal(5, value);
    assert_int_equal(-EPIPE, weft_chan_try_recv(ch, &value));
    assert_int_equal(0, value);
    weft_chan_release(ch);
}

static void test_recv_until_from_closed_says_so_once_drained(void **state)
{
    (void)state;
    weft_chan *const ch = ints(1);
    int value = 0;
    send_int(ch, 5);
    weft_chan_close(ch);
    assert_int_equal(0, weft_chan_recv_until(ch, &value, WEFT_NEVER));
    assert_int_equal(5, value);
    assert_int_equal(-EPIPE, weft_chan_recv_until(ch, &value, WEFT_NEVER));
    assert_int_equal(0, value);
    weft_chan_release(ch);
}

static void test_close_wakes_all_receivers(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const ch = ints(0);
    peer receivers[4];
    for (int i = 0; i < 4; i++) {
        receivers[i] = (peer){.ch = ch, .value = 7};
        START(&wg, peer_recv, &receivers[i]);
    }
    weft_yield();
    weft_chan_close(ch);
    weft_waitgroup_wait(&wg);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(-EPIPE, receivers[i].result);
        assert_int_equal(0, receivers[i].value);
    }
    weft_chan_release(ch);
}

static void test_close_wakes_receivers_of_every_kind(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const ch = ints(1);
    peer plain = {.ch = ch, .value = 7};
    peer until = {.ch = ch, .value = 7, .deadline_ns = WEFT_NEVER};
    START(&wg, peer_recv, &plain);
    START(&wg, peer_recv_until, &until);
    weft_yield();
    weft_chan_close(ch);
    weft_waitgroup_wait(&wg);
    assert_int_equal(-EPIPE, plain.result);
    assert_int_equal(-EPIPE, until.result);
    assert_int_equal(0, until.value);
    weft_chan_release(ch);
}

static void flag_then_close(void *arg)
{
    flagged *const f = arg;
    WEFT_WRITE(f->flag, 1);
    weft_chan_close(f->ch);
}

/* Go memory model: the closing happens before a receive that returns because of it. */
static void test_what_was_written_before_close_is_seen_after_it(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    flagged f = {.ch = ints(0)};
    START(&wg, flag_then_close, &f);
    assert_false(weft_chan_recv(f.ch, NULL));
    assert_int_equal(1, WEFT_READ(f.flag));
    weft_waitgroup_wait(&wg);
    weft_chan_release(f.ch);
}

static void test_close_of_closed_panics(void **state)
{
    (void)state;
    weft_chan *const ch = ints(0);
    weft_chan_close(ch);
    assert_true(panics(do_close, ch));
    assert_true(panics(do_close, ch));
    assert_false(weft_chan_recv(ch, NULL));
    weft_chan_release(ch);
}

static void try_close(void *arg)
{
    peer *const p = arg;
    p->result = weft_try(do_close, p->ch, NULL) == 0 ? 0 : PANICKED;
}

static void test_only_one_of_two_concurrent_closes_succeeds(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const ch = ints(0);
    peer closers[2] = {{.ch = ch}, {.ch = ch}};
    START(&wg, try_close, &closers[0]);
    START(&wg, try_close, &closers[1]);
    weft_waitgroup_wait(&wg);
    assert_int_equal(PANICKED, closers[0].result + closers[1].result);
    weft_chan_release(ch);
}

static void test_send_on_closed_panics(void **state)
{
    (void)state;
    peer p = {.ch = ints(0), .value = 1};
    weft_chan_close(p.ch);
    assert_true(panics(do_send, &p));
    weft_chan_release(p.ch);
}

static void test_send_on_closed_panics_though_there_is_room(void **state)
{
    (void)state;
    peer p = {.ch = ints(2), .value = 2};
    send_int(p.ch, 1);
    weft_chan_close(p.ch);
    assert_true(panics(do_send, &p));
    assert_int_equal(1, recv_int(p.ch));
    assert_false(weft_chan_recv(p.ch, NULL));
    weft_chan_release(p.ch);
}

static void test_send_on_closed_panics_though_it_is_full(void **state)
{
    (void)state;
    peer p = {.ch = ints(1), .value = 2};
    send_int(p.ch, 1);
    weft_chan_close(p.ch);
    assert_true(panics(do_send, &p));
    weft_chan_release(p.ch);
}

static void do_try_send(void *arg)
{
    const peer *const p = arg;
    (void)weft_chan_try_send(p->ch, &p->value);
}

static void test_try_send_on_closed_panics(void **state)
{
    (void)state;
    peer p = {.ch = ints(1)};
    weft_chan_close(p.ch);
    assert_true(panics(do_try_send, &p));
    weft_chan_release(p.ch);
}

static void test_send_until_on_closed_panics(void **state)
{
    (void)state;
    peer p = {.ch = ints(1), .deadline_ns = WEFT_NEVER};
    weft_chan_close(p.ch);
    assert_true(panics(do_send_until, &p));
    weft_chan_release(p.ch);
}

static void test_close_makes_parked_senders_panic(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const ch = ints(0);
    peer senders[3];
    for (int i = 0; i < 3; i++) {
        senders[i] = (peer){.ch = ch, .value = 1};
        START(&wg, peer_send, &senders[i]);
    }
    weft_yield();
    weft_chan_close(ch);
    weft_waitgroup_wait(&wg);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(PANICKED, senders[i].result);
    }
    assert_false(weft_chan_recv(ch, NULL));
    weft_chan_release(ch);
}

static void test_close_makes_a_parked_send_until_panic(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    peer sender = {.ch = ints(0), .value = 1, .deadline_ns = WEFT_NEVER};
    START(&wg, peer_send_until, &sender);
    weft_yield();
    weft_chan_close(sender.ch);
    weft_waitgroup_wait(&wg);
    assert_int_equal(PANICKED, sender.result);
    weft_chan_release(sender.ch);
}

static void test_a_sender_that_panicked_has_sent_nothing(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    peer sender = {.ch = ints(1), .value = 2};
    send_int(sender.ch, 1);
    START(&wg, peer_send, &sender);
    weft_yield();
    weft_chan_close(sender.ch);
    weft_waitgroup_wait(&wg);
    assert_int_equal(PANICKED, sender.result);
    assert_int_equal(1, weft_chan_len(sender.ch));
    assert_int_equal(1, recv_int(sender.ch));
    assert_false(weft_chan_recv(sender.ch, NULL));
    weft_chan_release(sender.ch);
}

static void test_a_send_either_arrives_or_panics_when_a_close_competes(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const ch = ints(0);
    peer sender = {.ch = ch, .value = 5};
    peer closer = {.ch = ch};
    START(&wg, peer_send, &sender);
    START(&wg, peer_close, &closer);
    int value = 7;
    const bool received = weft_chan_recv(ch, &value);
    weft_waitgroup_wait(&wg);
    assert_int_equal(received ? 0 : PANICKED, sender.result);
    assert_int_equal(received ? 5 : 0, value);
    weft_chan_release(ch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_recv_from_closed_returns_false_and_zero),
        weft_unit_test(test_recv_from_closed_never_parks_however_often),
        weft_unit_test(test_closed_channel_gives_its_buffer_first),
        weft_unit_test(test_close_keeps_length_and_capacity),
        weft_unit_test(test_try_recv_from_closed_says_so_once_drained),
        weft_unit_test(test_recv_until_from_closed_says_so_once_drained),
        weft_unit_test(test_close_wakes_all_receivers),
        weft_unit_test(test_close_wakes_receivers_of_every_kind),
        weft_unit_test(test_what_was_written_before_close_is_seen_after_it),
        weft_unit_test(test_close_of_closed_panics),
        weft_unit_test(test_only_one_of_two_concurrent_closes_succeeds),
        weft_unit_test(test_send_on_closed_panics),
        weft_unit_test(test_send_on_closed_panics_though_there_is_room),
        weft_unit_test(test_send_on_closed_panics_though_it_is_full),
        weft_unit_test(test_try_send_on_closed_panics),
        weft_unit_test(test_send_until_on_closed_panics),
        weft_unit_test(test_close_makes_parked_senders_panic),
        weft_unit_test(test_close_makes_a_parked_send_until_panic),
        weft_unit_test(test_a_sender_that_panicked_has_sent_nothing),
        weft_unit_test(test_a_send_either_arrives_or_panics_when_a_close_competes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
