/* chan_until_test.c: sending and receiving with a deadline.
 *
 * Goal:   The transfer wins over a deadline that has passed; who gives up leaves nothing behind;
 *         both sides agree on what happened.
 * Source: weft.h, "Channels". In Go: a select with a case on time.After.
 * Method: Where a test expects a deadline to pass, nobody could serve the call; otherwise both
 *         outcomes are right. */
#include "peers.h"

/* ---- Deadlines: weft.h; the transfer wins over a deadline that has passed ---- */

static void test_recv_until_takes_what_is_there_after_the_deadline(void **state)
{
    (void)state;
    weft_chan *const ch = ints(3);
    const int64_t passed[3] = {INT64_MIN, 0, weft_now()};
    for (int i = 0; i < 3; i++) {
        send_int(ch, i + 1);
    }
    for (int i = 0; i < 3; i++) {
        int value = 0;
        assert_int_equal(0, weft_chan_recv_until(ch, &value, passed[i]));
        assert_int_equal(i + 1, value);
    }
    weft_chan_release(ch);
}

static void test_send_until_uses_the_room_there_is_after_the_deadline(void **state)
{
    (void)state;
    weft_chan *const ch = ints(1);
    const int value = 5;
    assert_int_equal(0, weft_chan_send_until(ch, &value, INT64_MIN));
    assert_int_equal(5, recv_int(ch));
    weft_chan_release(ch);
}

static void test_recv_until_with_a_passed_deadline_times_out_when_empty(void **state)
{
    (void)state;
    weft_chan *const ch = ints(1);
    int value = 7;
    assert_int_equal(-ETIMEDOUT, weft_chan_recv_until(ch, &value, INT64_MIN));
    assert_int_equal(-ETIMEDOUT, weft_chan_recv_until(ch, &value, weft_now()));
    assert_int_equal(7, value);
    weft_chan_release(ch);
}

static void test_send_until_with_a_passed_deadline_times_out_when_full(void **state)
{
    (void)state;
    weft_chan *const ch = ints(1);
    const int value = 2;
    send_int(ch, 1);
    assert_int_equal(-ETIMEDOUT, weft_chan_send_until(ch, &value, INT64_MIN));
    assert_int_equal(1, recv_int(ch));
    assert_int_equal(0, weft_chan_len(ch));
    weft_chan_release(ch);
}

static void test_recv_until_leaves_no_waiter_behind(void **state)
{
    (void)state;
    weft_chan *const ch = ints(0);
    int value = 7;
    assert_int_equal(-ETIMEDOUT, weft_chan_recv_until(ch, &value, soon()));
    assert_int_equal(-EAGAIN, try_send_int(ch, 1));
    assert_int_equal(7, value);
    weft_chan_release(ch);
}

static void test_send_until_leaves_no_waiter_behind(void **state)
{
    (void)state;
    weft_chan *const ch = ints(0);
    const int value = 1;
    assert_int_equal(-ETIMEDOUT, weft_chan_send_until(ch, &value, soon()));
    assert_int_equal(-EAGAIN, weft_chan_try_recv(ch, NULL));
    weft_chan_release(ch);
}

static void test_send_until_that_timed_out_does_not_enter_the_buffer_later(void **state)
{
    (void)state;
    weft_chan *const ch = ints(1);
    const int value = 2;
    send_int(ch, 1);
    assert_int_equal(-ETIMEDOUT, weft_chan_send_until(ch, &value, soon()));
    assert_int_equal(1, recv_int(ch));
    assert_int_equal(-EAGAIN, weft_chan_try_recv(ch, NULL));
    weft_chan_release(ch);
}

static void test_recv_until_never_waits_for_its_sender(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    peer receiver = {.ch = ints(0), .deadline_ns = WEFT_NEVER};
    START(&wg, peer_recv_until, &receiver);
    send_int(receiver.ch, 5);
    weft_waitgroup_wait(&wg);
    assert_int_equal(0, receiver.result);
    assert_int_equal(5, receiver.value);
    weft_chan_release(receiver.ch);
}

static void test_send_until_never_waits_for_its_receiver(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    peer sender = {.ch = ints(0), .value = 5, .deadline_ns = WEFT_NEVER};
    START(&wg, peer_send_until, &sender);
    assert_int_equal(5, recv_int(sender.ch));
    weft_waitgroup_wait(&wg);
    assert_int_equal(0, sender.result);
    weft_chan_release(sender.ch);
}

static void test_both_sides_agree_whether_the_deadline_came_first(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const ch = ints(0);
    const int64_t deadline_ns = soon();
    peer sender = {.ch = ch, .value = 5, .deadline_ns = deadline_ns};
    peer receiver = {.ch = ch, .value = 7, .deadline_ns = deadline_ns};
    START(&wg, peer_send_until, &sender);
    START(&wg, peer_recv_until, &receiver);
    weft_waitgroup_wait(&wg);
    assert_int_equal(sender.result, receiver.result);
    assert_int_equal(sender.result == 0 ? 5 : 7, receiver.value);
    assert_true(sender.result == 0 || sender.result == -ETIMEDOUT);
    weft_chan_release(ch);
}

static void test_a_value_is_not_lost_to_a_receiver_that_gives_up(void **state)
{
    (void)state;
    weft_waitgroup receiving = {{0}};
    weft_waitgroup sending = {{0}};
    peer hasty = {.ch = ints(0), .deadline_ns = soon()};
    peer sender = {.ch = hasty.ch, .value = 5};
    START(&receiving, peer_recv_until, &hasty);
    START(&sending, peer_send, &sender);
    weft_waitgroup_wait(&receiving);
    assert_int_equal(5, hasty.result == 0 ? hasty.value : recv_int(hasty.ch));
    weft_waitgroup_wait(&sending);
    assert_int_equal(0, sender.result);
    weft_chan_release(hasty.ch);
}

static void test_a_receiver_is_not_lost_to_a_sender_that_gives_up(void **state)
{
    (void)state;
    weft_waitgroup receiving = {{0}};
    weft_waitgroup sending = {{0}};
    peer hasty = {.ch = ints(0), .value = 5, .deadline_ns = soon()};
    peer receiver = {.ch = hasty.ch};
    START(&sending, peer_send_until, &hasty);
    START(&receiving, peer_recv, &receiver);
    weft_waitgroup_wait(&sending);
    if (hasty.result != 0) {
        send_int(hasty.ch, 6);
    }
    weft_waitgroup_wait(&receiving);
    assert_int_equal(hasty.result == 0 ? 5 : 6, receiver.value);
    weft_chan_release(hasty.ch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_recv_until_takes_what_is_there_after_the_deadline),
        weft_unit_test(test_send_until_uses_the_room_there_is_after_the_deadline),
        weft_unit_test(test_recv_until_with_a_passed_deadline_times_out_when_empty),
        weft_unit_test(test_send_until_with_a_passed_deadline_times_out_when_full),
        weft_unit_test(test_recv_until_leaves_no_waiter_behind),
        weft_unit_test(test_send_until_leaves_no_waiter_behind),
        weft_unit_test(test_send_until_that_timed_out_does_not_enter_the_buffer_later),
        weft_unit_test(test_recv_until_never_waits_for_its_sender),
        weft_unit_test(test_send_until_never_waits_for_its_receiver),
        weft_unit_test(test_both_sides_agree_whether_the_deadline_came_first),
        weft_unit_test(test_a_value_is_not_lost_to_a_receiver_that_gives_up),
        weft_unit_test(test_a_receiver_is_not_lost_to_a_sender_that_gives_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
