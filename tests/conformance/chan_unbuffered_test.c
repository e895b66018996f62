/* chan_unbuffered_test.c: without a buffer, sender and receiver meet.
 *
 * Goal:   A value goes from one to the other, in order, and neither returns before the other has
 *         come.
 * Source: Go spec, "Channel types", "Send statements", "Receive operator"; Go memory model,
 *         "Channel communication".
 * Method: The test is goroutine main; its peers (peers.h) make one call each. Nothing depends on
 *         who arrives first. */
#include "peers.h"

/* ---- Unbuffered: Go spec, "Channel types": both sides must be ready ---- */

static void test_unbuffered_send_meets_a_receiver(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    peer receiver = {.ch = ints(0)};
    START(&wg, peer_recv, &receiver);
    send_int(receiver.ch, 42);
    weft_waitgroup_wait(&wg);
    assert_int_equal(0, receiver.result);
    assert_int_equal(42, receiver.value);
    assert_int_equal(0, weft_chan_len(receiver.ch));
    weft_chan_release(receiver.ch);
}

static void test_unbuffered_recv_meets_a_sender(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    peer sender = {.ch = ints(0), .value = 42};
    START(&wg, peer_send, &sender);
    assert_int_equal(42, recv_int(sender.ch));
    weft_waitgroup_wait(&wg);
    assert_int_equal(0, sender.result);
    weft_chan_release(sender.ch);
}

static void flag_then_recv(void *arg)
{
    flagged *const f = arg;
    WEFT_WRITE(f->flag, 1);
    (void)weft_chan_recv(f->ch, NULL);
}

/* Go memory model: a receive from an unbuffered channel happens before the send completes. */
static void test_unbuffered_send_returns_after_the_receive_began(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    flagged f = {.ch = ints(0)};
    START(&wg, flag_then_recv, &f);
    send_int(f.ch, 1);
    assert_int_equal(1, WEFT_READ(f.flag));
    weft_waitgroup_wait(&wg);
    weft_chan_release(f.ch);
}

static void test_unbuffered_send_happens_before_its_receive_returns(void **state)
{
    (void)state;
    check_send_happens_before_recv(0);
}

static void test_buffered_send_happens_before_its_receive_returns(void **state)
{
    (void)state;
    check_send_happens_before_recv(1);
}

static void test_try_send_without_a_receiver_leaves_nothing_behind(void **state)
{
    (void)state;
    weft_chan *const ch = ints(0);
    assert_int_equal(-EAGAIN, try_send_int(ch, 1));
    assert_int_equal(0, weft_chan_len(ch));
    assert_int_equal(-EAGAIN, weft_chan_try_recv(ch, NULL));
    weft_chan_release(ch);
}

static void test_try_recv_without_a_sender_leaves_nothing_behind(void **state)
{
    (void)state;
    weft_chan *const ch = ints(0);
    int value = 7;
    assert_int_equal(-EAGAIN, weft_chan_try_recv(ch, &value));
    assert_int_equal(7, value);
    assert_int_equal(-EAGAIN, try_send_int(ch, 1));
    weft_chan_release(ch);
}

static void test_try_send_serves_a_receiver_that_waits(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    peer receiver = {.ch = ints(0)};
    START(&wg, peer_recv, &receiver);
    weft_yield();
    const bool served = try_send_int(receiver.ch, 5) == 0;
    WEFT_SOMETIMES(served, "try send finds a parked receiver");
    if (!served) {
        send_int(receiver.ch, 5);
    }
    weft_waitgroup_wait(&wg);
    assert_int_equal(5, receiver.value);
    weft_chan_release(receiver.ch);
}

static void test_try_recv_takes_from_a_sender_that_waits(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    peer sender = {.ch = ints(0), .value = 5};
    START(&wg, peer_send, &sender);
    weft_yield();
    int value = 0;
    const bool taken = weft_chan_try_recv(sender.ch, &value) == 0;
    WEFT_SOMETIMES(taken, "try receive finds a parked sender");
    if (!taken) {
        value = recv_int(sender.ch);
    }
    assert_int_equal(5, value);
    weft_waitgroup_wait(&wg);
    assert_int_equal(0, sender.result);
    weft_chan_release(sender.ch);
}

static void test_each_parked_receiver_gets_a_value_of_its_own(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const ch = ints(0);
    peer receivers[3] = {{.ch = ch}, {.ch = ch}, {.ch = ch}};
    for (int i = 0; i < 3; i++) {
        START(&wg, peer_recv, &receivers[i]);
    }
    for (int i = 0; i < 3; i++) {
        send_int(ch, 1 << i);
    }
    weft_waitgroup_wait(&wg);
    assert_int_equal(7, receivers[0].value | receivers[1].value | receivers[2].value);
    weft_chan_release(ch);
}

static void test_each_parked_sender_delivers_its_own_value(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const ch = ints(0);
    peer senders[3] = {{.ch = ch, .value = 1}, {.ch = ch, .value = 2}, {.ch = ch, .value = 4}};
    for (int i = 0; i < 3; i++) {
        START(&wg, peer_send, &senders[i]);
    }
    int seen = 0;
    for (int i = 0; i < 3; i++) {
        seen += recv_int(ch);
    }
    weft_waitgroup_wait(&wg);
    assert_int_equal(7, seen);
    weft_chan_release(ch);
}

static void test_unbuffered_values_arrive_in_the_order_sent(void **state)
{
    (void)state;
    check_order(0);
}

static void echo(void *arg)
{
    const stream *const s = arg;
    for (int i = 0; i < s->count; i++) {
        send_int(s->out, recv_int(s->in) + 1);
    }
}

static void test_ping_pong_over_two_unbuffered_channels(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    stream s = {.in = ints(0), .out = ints(0), .count = 20};
    START(&wg, echo, &s);
    for (int i = 0; i < s.count; i++) {
        send_int(s.in, i);
        assert_int_equal(i + 1, recv_int(s.out));
    }
    weft_waitgroup_wait(&wg);
    weft_chan_release(s.in);
    weft_chan_release(s.out);
}

static void test_two_goroutines_may_use_one_channel_in_both_directions(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const ch = ints(0);
    stream s = {.in = ch, .out = ch, .count = 5};
    START(&wg, echo, &s);
    for (int i = 0; i < s.count; i++) {
        send_int(ch, i);
        assert_int_equal(i + 1, recv_int(ch));
    }
    weft_waitgroup_wait(&wg);
    weft_chan_release(ch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_unbuffered_send_meets_a_receiver),
        weft_unit_test(test_unbuffered_recv_meets_a_sender),
        weft_unit_test(test_unbuffered_send_returns_after_the_receive_began),
        weft_unit_test(test_unbuffered_send_happens_before_its_receive_returns),
        weft_unit_test(test_buffered_send_happens_before_its_receive_returns),
        weft_unit_test(test_try_send_without_a_receiver_leaves_nothing_behind),
        weft_unit_test(test_try_recv_without_a_sender_leaves_nothing_behind),
        weft_unit_test(test_try_send_serves_a_receiver_that_waits),
        weft_unit_test(test_try_recv_takes_from_a_sender_that_waits),
        weft_unit_test(test_each_parked_receiver_gets_a_value_of_its_own),
        weft_unit_test(test_each_parked_sender_delivers_its_own_value),
        weft_unit_test(test_unbuffered_values_arrive_in_the_order_sent),
        weft_unit_test(test_ping_pong_over_two_unbuffered_channels),
        weft_unit_test(test_two_goroutines_may_use_one_channel_in_both_directions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
