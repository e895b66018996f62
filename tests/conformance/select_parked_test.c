/* select_parked_test.c: a parked select is woken once.
 *
 * Goal:   Each kind of case wakes it; the cases that lost are forgotten; one channel may stand in
 *         several cases.
 * Source: Go spec, "Select statements".
 * Method: After the select nobody may be found waiting on its channels. The test is goroutine
 *         main; its peers (peers.h) make one call each. Nothing depends on who arrives first. */
#include "peers.h"

/* ---- A parked select is woken by each kind of case, and by one only ---- */

typedef struct ways {
    weft_chan *in;
    weft_chan *out;
    weft_chan *done;
    int value;
    int64_t deadline_ns;
    size_t chosen;
    bool ok;
} ways;

static void select_ways(void *arg)
{
    ways *const w = arg;
    const int sent = 6;
    weft_case cases[] = {WEFT_RECV(w->in, &w->value), WEFT_SEND(w->out, &sent),
                         WEFT_RECV(w->done, NULL), WEFT_UNTIL(w->deadline_ns)};
    w->chosen = weft_select(cases, 4);
    w->ok = cases[w->chosen].ok;
}

static ways make_ways(int64_t deadline_ns)
{
    return (ways){.in = ints(0),
                  .out = ints(0),
                  .done = weft_chan_make(0, 0),
                  .value = 7,
                  .deadline_ns = deadline_ns};
}

/* The select is over: nobody may be found waiting on any of its channels. */
static void end_ways(ways *w)
{
    assert_int_equal(-EAGAIN, try_send_int(w->in, 1));
    assert_int_equal(-EAGAIN, weft_chan_try_recv(w->out, NULL));
    weft_chan_release(w->in);
    weft_chan_release(w->out);
    weft_chan_release(w->done);
}

static void test_a_sender_wakes_a_parked_select(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    ways w = make_ways(WEFT_NEVER);
    START(&wg, select_ways, &w);
    send_int(w.in, 5);
    weft_waitgroup_wait(&wg);
    assert_int_equal(0, w.chosen);
    assert_true(w.ok);
    assert_int_equal(5, w.value);
    end_ways(&w);
}

static void test_a_receiver_wakes_a_parked_select(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    ways w = make_ways(WEFT_NEVER);
    START(&wg, select_ways, &w);
    assert_int_equal(6, recv_int(w.out));
    weft_waitgroup_wait(&wg);
    assert_int_equal(1, w.chosen);
    assert_int_equal(7, w.value);
    end_ways(&w);
}

static void test_a_close_wakes_a_parked_select(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    ways w = make_ways(WEFT_NEVER);
    START(&wg, select_ways, &w);
    weft_chan_close(w.done);
    weft_waitgroup_wait(&wg);
    assert_int_equal(2, w.chosen);
    assert_false(w.ok);
    assert_int_equal(7, w.value);
    end_ways(&w);
}

static void test_a_deadline_wakes_a_parked_select(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    ways w = make_ways(soon());
    START(&wg, select_ways, &w);
    weft_waitgroup_wait(&wg);
    assert_int_equal(3, w.chosen);
    assert_int_equal(7, w.value);
    end_ways(&w);
}

static void test_a_try_send_may_find_a_parked_select(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    ways w = make_ways(WEFT_NEVER);
    START(&wg, select_ways, &w);
    weft_yield();
    const bool found = try_send_int(w.in, 5) == 0;
    WEFT_SOMETIMES(found, "try send finds a parked select");
    if (!found) {
        weft_chan_close(w.done);
    }
    weft_waitgroup_wait(&wg);
    assert_int_equal(found ? 0 : 2, w.chosen);
    assert_int_equal(found ? 5 : 7, w.value);
    end_ways(&w);
}

static void test_only_one_of_two_competing_wakers_wins(void **state)
{
    (void)state;
    weft_waitgroup selecting = {{0}};
    weft_waitgroup waking = {{0}};
    ways w = make_ways(WEFT_NEVER);
    peer sender = {.ch = w.in, .value = 5, .deadline_ns = soon()};
    peer receiver = {.ch = w.out, .deadline_ns = sender.deadline_ns};
    START(&selecting, select_ways, &w);
    START(&waking, peer_send_until, &sender);
    START(&waking, peer_recv_until, &receiver);
    weft_waitgroup_wait(&waking);
    assert_false(sender.result == 0 && receiver.result == 0);
    weft_chan_close(w.done);
    weft_waitgroup_wait(&selecting);
    assert_int_equal(w.chosen == 0, sender.result == 0);
    assert_int_equal(w.chosen == 1, receiver.result == 0);
    end_ways(&w);
}

static void test_a_close_wakes_many_parked_selects(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    ways all[3];
    all[0] = make_ways(WEFT_NEVER);
    all[1] = all[0];
    all[2] = all[0];
    for (int i = 0; i < 3; i++) {
        START(&wg, select_ways, &all[i]);
    }
    weft_chan_close(all[0].done);
    weft_waitgroup_wait(&wg);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(2, all[i].chosen);
    }
    end_ways(&all[0]);
}

static void send_first_or_second(void *arg)
{
    weft_chan *const *const chans = arg;
    const int values[2] = {1, 2};
    weft_case cases[] = {WEFT_SEND(chans[0], &values[0]), WEFT_SEND(chans[1], &values[1])};
    (void)weft_select(cases, 2);
}

static void test_a_losing_send_is_not_received_later(void **state)
{
    (void)state;
    for (int at = 0; at < 2; at++) {
        weft_waitgroup wg = {{0}};
        weft_chan *chans[2] = {ints(0), ints(0)};
        START(&wg, send_first_or_second, chans);
        assert_int_equal(at + 1, recv_int(chans[at]));
        assert_int_equal(-EAGAIN, weft_chan_try_recv(chans[1 - at], NULL));
        weft_waitgroup_wait(&wg);
        assert_int_equal(-EAGAIN, weft_chan_try_recv(chans[1 - at], NULL));
        weft_chan_release(chans[0]);
        weft_chan_release(chans[1]);
    }
}

static void test_a_losing_send_does_not_enter_the_buffer_later(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *chans[2] = {ints(0), ints(1)};
    send_int(chans[1], 9);
    START(&wg, send_first_or_second, chans);
    assert_int_equal(1, recv_int(chans[0]));
    assert_int_equal(9, recv_int(chans[1]));
    assert_int_equal(-EAGAIN, weft_chan_try_recv(chans[1], NULL));
    weft_waitgroup_wait(&wg);
    assert_int_equal(0, weft_chan_len(chans[1]));
    weft_chan_release(chans[0]);
    weft_chan_release(chans[1]);
}

static void test_a_losing_receive_does_not_take_a_later_value(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    listener l = {.chans = {ints(0), ints(1)}};
    START(&wg, recv_first_or_second, &l);
    send_int(l.chans[0], 5);
    send_int(l.chans[1], 6);
    weft_waitgroup_wait(&wg);
    assert_int_equal(0, l.chosen);
    assert_int_equal(5, l.value);
    assert_int_equal(6, recv_int(l.chans[1]));
    weft_chan_release(l.chans[0]);
    weft_chan_release(l.chans[1]);
}

static void test_a_later_close_does_not_disturb_a_served_select(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    listener l = {.chans = {ints(0), ints(0)}};
    START(&wg, recv_first_or_second, &l);
    send_int(l.chans[0], 5);
    weft_chan_close(l.chans[1]);
    weft_waitgroup_wait(&wg);
    assert_int_equal(0, l.chosen);
    assert_int_equal(5, l.value);
    weft_chan_release(l.chans[0]);
    weft_chan_release(l.chans[1]);
}

/* ---- One channel in several cases ---- */

static void test_a_select_does_not_meet_itself(void **state)
{
    (void)state;
    weft_chan *const ch = ints(0);
    int got = 7;
    const int sent = 1;
    weft_case polled[] = {WEFT_SEND(ch, &sent), WEFT_RECV(ch, &got), WEFT_DEFAULT};
    assert_int_equal(2, weft_select(polled, 3));
    weft_case parked[] = {WEFT_RECV(ch, &got), WEFT_SEND(ch, &sent), WEFT_UNTIL(soon())};
    assert_int_equal(2, weft_select(parked, 3));
    assert_int_equal(7, got);
    weft_chan_release(ch);
}

static void test_sending_and_receiving_on_one_buffer(void **state)
{
    (void)state;
    weft_chan *const ch = ints(2);
    int got = 7;
    const int sent = 2;
    send_int(ch, 1);
    weft_case cases[] = {WEFT_SEND(ch, &sent), WEFT_RECV(ch, &got)};
    const size_t chosen = weft_select(cases, 2);
    assert_int_equal(chosen == 0 ? 2 : 0, weft_chan_len(ch));
    assert_int_equal(chosen == 0 ? 7 : 1, got);
    weft_chan_release(ch);
}

static void test_one_value_for_several_receives_of_one_channel(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    peer sender = {.ch = ints(0), .value = 5};
    int values[3] = {7, 7, 7};
    START(&wg, peer_send, &sender);
    weft_case cases[] = {WEFT_RECV(sender.ch, &values[0]), WEFT_RECV(sender.ch, &values[1]),
                         WEFT_RECV(sender.ch, &values[2])};
    const size_t chosen = weft_select(cases, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(i == chosen ? 5 : 7, values[i]);
    }
    weft_waitgroup_wait(&wg);
    assert_int_equal(-EAGAIN, try_send_int(sender.ch, 6));
    weft_chan_release(sender.ch);
}

static void test_one_receiver_for_several_sends_on_one_channel(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    peer receiver = {.ch = ints(0)};
    const int values[3] = {1, 2, 3};
    START(&wg, peer_recv, &receiver);
    weft_case cases[] = {WEFT_SEND(receiver.ch, &values[0]), WEFT_SEND(receiver.ch, &values[1]),
                         WEFT_SEND(receiver.ch, &values[2])};
    const size_t chosen = weft_select(cases, 3);
    weft_waitgroup_wait(&wg);
    assert_int_equal(values[chosen], receiver.value);
    assert_int_equal(-EAGAIN, weft_chan_try_recv(receiver.ch, NULL));
    weft_chan_release(receiver.ch);
}

typedef struct partner {
    weft_chan *ch;
    int sent;
    int got;
    size_t chosen;
} partner;

static void send_or_recv(void *arg)
{
    partner *const p = arg;
    weft_case cases[] = {WEFT_SEND(p->ch, &p->sent), WEFT_RECV(p->ch, &p->got)};
    p->chosen = weft_select(cases, 2);
}

static void test_two_selects_that_send_and_receive_on_one_channel_meet(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    partner one = {.ch = ints(0), .sent = 1};
    partner two = {.ch = one.ch, .sent = 2};
    START(&wg, send_or_recv, &one);
    START(&wg, send_or_recv, &two);
    weft_waitgroup_wait(&wg);
    assert_int_equal(1, one.chosen + two.chosen);
    assert_int_equal(one.chosen == 1 ? 2 : 0, one.got);
    assert_int_equal(two.chosen == 1 ? 1 : 0, two.got);
    weft_chan_release(one.ch);
}

static void test_selects_on_one_channel_pair_off(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const ch = ints(0);
    partner all[4];
    for (int i = 0; i < 4; i++) {
        all[i] = (partner){.ch = ch, .sent = 1 << i};
        START(&wg, send_or_recv, &all[i]);
    }
    weft_waitgroup_wait(&wg);
    int sent = 0;
    int got = 0;
    for (int i = 0; i < 4; i++) {
        sent += all[i].chosen == 0 ? all[i].sent : 0;
        got += all[i].got;
    }
    assert_int_equal(sent, got);
    weft_chan_release(ch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_a_sender_wakes_a_parked_select),
        weft_unit_test(test_a_receiver_wakes_a_parked_select),
        weft_unit_test(test_a_close_wakes_a_parked_select),
        weft_unit_test(test_a_deadline_wakes_a_parked_select),
        weft_unit_test(test_a_try_send_may_find_a_parked_select),
        weft_unit_test(test_only_one_of_two_competing_wakers_wins),
        weft_unit_test(test_a_close_wakes_many_parked_selects),
        weft_unit_test(test_a_losing_send_is_not_received_later),
        weft_unit_test(test_a_losing_send_does_not_enter_the_buffer_later),
        weft_unit_test(test_a_losing_receive_does_not_take_a_later_value),
        weft_unit_test(test_a_later_close_does_not_disturb_a_served_select),
        weft_unit_test(test_a_select_does_not_meet_itself),
        weft_unit_test(test_sending_and_receiving_on_one_buffer),
        weft_unit_test(test_one_value_for_several_receives_of_one_channel),
        weft_unit_test(test_one_receiver_for_several_sends_on_one_channel),
        weft_unit_test(test_two_selects_that_send_and_receive_on_one_channel_meet),
        weft_unit_test(test_selects_on_one_channel_pair_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
