/* chan_test.c: making channels, the NULL channel, and buffered channels.
 *
 * Goal:   Each of these rules of weft.h, "Channels", has a test that fails when the rule is
 *         broken.
 * Source: Go spec, "Making slices, maps and channels", "Channel types", "Send statements",
 *         "Length and capacity"; Go memory model, "Channel communication".
 * Method: The test is goroutine main; its peers (peers.h) make one call each. Nothing depends on
 *         who arrives first. */
#include "peers.h"

/* ---- Making: Go spec, "Making slices, maps and channels" ---- */

static void test_make_gives_an_empty_channel_of_that_capacity(void **state)
{
    (void)state;
    weft_chan *const ch = ints(3);
    assert_int_equal(3, weft_chan_cap(ch));
    assert_int_equal(0, weft_chan_len(ch));
    assert_int_equal(-EAGAIN, weft_chan_try_recv(ch, NULL));
    weft_chan_release(ch);
}

static void test_capacity_zero_holds_no_value(void **state)
{
    (void)state;
    weft_chan *const ch = ints(0);
    assert_int_equal(0, weft_chan_cap(ch));
    assert_int_equal(0, weft_chan_len(ch));
    assert_int_equal(-EAGAIN, try_send_int(ch, 1));
    weft_chan_release(ch);
}

static void test_make_returns_null_when_the_size_overflows(void **state)
{
    (void)state;
    assert_null(weft_chan_make(SIZE_MAX, 2));
    assert_null(weft_chan_make(2, SIZE_MAX));
    assert_null(weft_chan_make(8, SIZE_MAX / 8 + 1));
    assert_null(weft_chan_make(SIZE_MAX / 2 + 1, 2));
    assert_null(weft_chan_make((size_t)1 << 33, (size_t)1 << 33));
    assert_null(weft_chan_make(SIZE_MAX, 1)); /* overflows with what comes before the buffer */
}

static void test_zero_size_elements_allow_any_capacity(void **state)
{
    (void)state;
    weft_chan *const ch = weft_chan_make(0, SIZE_MAX);
    assert_non_null(ch);
    assert_true(weft_chan_cap(ch) == SIZE_MAX);
    for (int i = 0; i < 3; i++) {
        weft_chan_send(ch, NULL);
    }
    assert_int_equal(3, weft_chan_len(ch));
    assert_true(weft_chan_recv(ch, NULL));
    assert_int_equal(2, weft_chan_len(ch));
    weft_chan_release(ch);
}

/* ---- The NULL channel: Go spec, "Channel types": a nil channel is never ready ---- */

static void test_null_channel_has_no_length_and_no_capacity(void **state)
{
    (void)state;
    assert_int_equal(0, weft_chan_len(NULL));
    assert_int_equal(0, weft_chan_cap(NULL));
}

static void test_retain_and_release_ignore_null(void **state)
{
    (void)state;
    assert_null(weft_chan_retain(NULL));
    weft_chan_release(NULL);
}

static void test_close_of_null_panics(void **state)
{
    (void)state;
    assert_true(panics(do_close, NULL));
}

static void test_try_send_on_null_would_park(void **state)
{
    (void)state;
    assert_int_equal(-EAGAIN, try_send_int(NULL, 1));
}

static void test_try_recv_on_null_would_park(void **state)
{
    (void)state;
    int value = 7;
    assert_int_equal(-EAGAIN, weft_chan_try_recv(NULL, &value));
    assert_int_equal(7, value);
}

static void test_send_until_on_null_times_out(void **state)
{
    (void)state;
    const int value = 1;
    assert_int_equal(-ETIMEDOUT, weft_chan_send_until(NULL, &value, soon()));
}

static void test_recv_until_on_null_times_out(void **state)
{
    (void)state;
    int value = 7;
    assert_int_equal(-ETIMEDOUT, weft_chan_recv_until(NULL, &value, soon()));
    assert_int_equal(7, value);
}

static void send_on_null(void *ch)
{
    send_int(NULL, 1);
    weft_chan_send(ch, NULL);
}

static void test_send_on_null_parks_for_ever(void **state)
{
    (void)state;
    weft_chan *const never = weft_chan_make(0, 0);
    assert_parks_for_ever(send_on_null, never);
    weft_chan_release(never);
}

static void recv_from_null(void *ch)
{
    (void)weft_chan_recv(NULL, NULL);
    weft_chan_send(ch, NULL);
}

static void test_recv_from_null_parks_for_ever(void **state)
{
    (void)state;
    weft_chan *const never = weft_chan_make(0, 0);
    assert_parks_for_ever(recv_from_null, never);
    weft_chan_release(never);
}

static void send_until_never_on_null(void *ch)
{
    const int value = 1;
    (void)weft_chan_send_until(NULL, &value, WEFT_NEVER);
    weft_chan_send(ch, NULL);
}

static void test_deadline_never_on_null_parks_for_ever(void **state)
{
    (void)state;
    weft_chan *const never = weft_chan_make(0, 0);
    assert_parks_for_ever(send_until_never_on_null, never);
    weft_chan_release(never);
}

/* ---- Buffered: Go spec, "Channel types": no parking while there is room, or a value ---- */

static void test_send_does_not_park_while_there_is_room(void **state)
{
    (void)state;
    weft_chan *const ch = ints(3);
    for (int i = 0; i < 3; i++) {
        send_int(ch, i);
        assert_int_equal(i + 1, weft_chan_len(ch));
    }
    assert_int_equal(3, weft_chan_cap(ch));
    weft_chan_release(ch);
}

static void test_try_send_on_a_full_buffer_changes_nothing(void **state)
{
    (void)state;
    weft_chan *const ch = ints(2);
    assert_int_equal(0, try_send_int(ch, 1));
    assert_int_equal(0, try_send_int(ch, 2));
    assert_int_equal(-EAGAIN, try_send_int(ch, 3));
    assert_int_equal(2, weft_chan_len(ch));
    assert_int_equal(1, recv_int(ch));
    assert_int_equal(2, recv_int(ch));
    assert_int_equal(-EAGAIN, weft_chan_try_recv(ch, NULL));
    weft_chan_release(ch);
}

static void test_buffer_is_first_in_first_out(void **state)
{
    (void)state;
    weft_chan *const ch = ints(4);
    for (int i = 0; i < 4; i++) {
        send_int(ch, i);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(i, recv_int(ch));
        assert_int_equal(3 - i, weft_chan_len(ch));
    }
    weft_chan_release(ch);
}

static void test_buffer_keeps_its_order_when_it_wraps_around(void **state)
{
    (void)state;
    weft_chan *const ch = ints(3);
    int next = 0;
    int expected = 0;
    for (int round = 0; round < 6; round++) {
        while (try_send_int(ch, next) == 0) {
            next++;
        }
        for (int i = 0; i < 1 + round % 3; i++) {
            assert_int_equal(expected++, recv_int(ch));
        }
    }
    while (expected < next) {
        assert_int_equal(expected++, recv_int(ch));
    }
    assert_int_equal(0, weft_chan_len(ch));
    weft_chan_release(ch);
}

static void test_the_sender_may_change_the_variable_after_the_send(void **state)
{
    (void)state;
    weft_chan *const ch = ints(2);
    int value = 1;
    weft_chan_send(ch, &value);
    value = 2;
    weft_chan_send(ch, &value);
    value = 3;
    assert_int_equal(1, recv_int(ch));
    assert_int_equal(2, recv_int(ch));
    weft_chan_release(ch);
}

static void test_a_sender_behind_a_full_buffer_comes_after_it(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    peer sender = {.ch = ints(2), .value = 3};
    send_int(sender.ch, 1);
    send_int(sender.ch, 2);
    START(&wg, peer_send, &sender);
    assert_int_equal(1, recv_int(sender.ch));
    assert_int_equal(2, recv_int(sender.ch));
    assert_int_equal(3, recv_int(sender.ch));
    weft_waitgroup_wait(&wg);
    weft_chan_release(sender.ch);
}

static void test_receiving_from_a_full_buffer_lets_one_sender_in(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    peer sender = {.ch = ints(2), .value = 3};
    send_int(sender.ch, 1);
    send_int(sender.ch, 2);
    START(&wg, peer_send, &sender);
    assert_int_equal(1, recv_int(sender.ch));
    weft_waitgroup_wait(&wg);
    assert_int_equal(2, weft_chan_len(sender.ch));
    assert_int_equal(2, recv_int(sender.ch));
    assert_int_equal(3, recv_int(sender.ch));
    weft_chan_release(sender.ch);
}

static void test_a_receiver_of_an_empty_buffer_gets_the_next_value(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    peer receiver = {.ch = ints(4)};
    START(&wg, peer_recv, &receiver);
    send_int(receiver.ch, 9);
    weft_waitgroup_wait(&wg);
    assert_int_equal(9, receiver.value);
    assert_int_equal(0, weft_chan_len(receiver.ch));
    weft_chan_release(receiver.ch);
}

static void test_buffered_values_arrive_in_the_order_sent(void **state)
{
    (void)state;
    check_order(1);
    check_order(5);
}

typedef struct slots {
    weft_chan *ch;
    int flag;
} slots;

static void recv_after_flag(void *arg)
{
    slots *const s = arg;
    WEFT_WRITE(s->flag, 1);
    (void)recv_int(s->ch);
}

/* Go memory model: the k-th receive happens before send k + capacity completes. */
static void test_receive_k_happens_before_send_k_plus_capacity_returns(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    slots s = {.ch = ints(2)};
    send_int(s.ch, 1);
    send_int(s.ch, 2);
    START(&wg, recv_after_flag, &s);
    send_int(s.ch, 3);
    assert_int_equal(1, WEFT_READ(s.flag));
    weft_waitgroup_wait(&wg);
    weft_chan_release(s.ch);
}

typedef struct account {
    weft_chan *token; /* capacity 1: who has put his token in is inside */
    int inside;
    int total;
} account;

static void deposit(void *arg)
{
    account *const a = arg;
    for (int i = 0; i < 3; i++) {
        weft_chan_send(a->token, NULL);
        assert_int_equal(0, a->inside++);
        a->total++;
        weft_yield();
        a->inside--;
        (void)weft_chan_recv(a->token, NULL);
    }
}

/* Go memory model: "this is the basis of the counting semaphore". */
static void test_capacity_one_makes_a_mutex(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    account a = {.token = weft_chan_make(0, 1)};
    for (int i = 0; i < 3; i++) {
        START(&wg, deposit, &a);
    }
    weft_waitgroup_wait(&wg);
    assert_int_equal(9, a.total);
    weft_chan_release(a.token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_make_gives_an_empty_channel_of_that_capacity),
        weft_unit_test(test_capacity_zero_holds_no_value),
        weft_unit_test(test_make_returns_null_when_the_size_overflows),
        weft_unit_test(test_zero_size_elements_allow_any_capacity),
        weft_unit_test(test_null_channel_has_no_length_and_no_capacity),
        weft_unit_test(test_retain_and_release_ignore_null),
        weft_unit_test(test_close_of_null_panics),
        weft_unit_test(test_try_send_on_null_would_park),
        weft_unit_test(test_try_recv_on_null_would_park),
        weft_unit_test(test_send_until_on_null_times_out),
        weft_unit_test(test_recv_until_on_null_times_out),
        weft_unit_test(test_send_on_null_parks_for_ever),
        weft_unit_test(test_recv_from_null_parks_for_ever),
        weft_unit_test(test_deadline_never_on_null_parks_for_ever),
        weft_unit_test(test_send_does_not_park_while_there_is_room),
        weft_unit_test(test_try_send_on_a_full_buffer_changes_nothing),
        weft_unit_test(test_buffer_is_first_in_first_out),
        weft_unit_test(test_buffer_keeps_its_order_when_it_wraps_around),
        weft_unit_test(test_the_sender_may_change_the_variable_after_the_send),
        weft_unit_test(test_a_sender_behind_a_full_buffer_comes_after_it),
        weft_unit_test(test_receiving_from_a_full_buffer_lets_one_sender_in),
        weft_unit_test(test_a_receiver_of_an_empty_buffer_gets_the_next_value),
        weft_unit_test(test_buffered_values_arrive_in_the_order_sent),
        weft_unit_test(test_receive_k_happens_before_send_k_plus_capacity_returns),
        weft_unit_test(test_capacity_one_makes_a_mutex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
