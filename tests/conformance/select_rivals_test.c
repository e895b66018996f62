/* select_rivals_test.c: selects against each other.
 *
 * Goal:   Selects that compete for the same channels, in opposite orders and in rings, agree on
 *         who met whom; no value is lost or received twice.
 * Source: Go spec, "Select statements".
 * Method: The test is goroutine main; its peers (peers.h) make one call each. Nothing depends on
 *         who arrives first. */
#include "peers.h"

/* ---- Selects against each other ---- */

typedef struct crossed {
    weft_chan *a;
    weft_chan *b;
    int sent;
    int got;
    size_t chosen;
    int rounds;
} crossed;

static void recv_a_or_send_b(void *arg)
{
    crossed *const c = arg;
    weft_case cases[] = {WEFT_RECV(c->a, &c->got), WEFT_SEND(c->b, &c->sent)};
    for (int i = 0; i < c->rounds; i++) {
        c->chosen = weft_select(cases, 2);
    }
}

static void send_a_or_recv_b(void *arg)
{
    crossed *const c = arg;
    weft_case cases[] = {WEFT_RECV(c->b, &c->got), WEFT_SEND(c->a, &c->sent)};
    for (int i = 0; i < c->rounds; i++) {
        c->chosen = 1 - weft_select(cases, 2); /* so that both sides agree: 0 for a, 1 for b */
    }
}

static void check_crossed(int rounds)
{
    weft_waitgroup wg = {{0}};
    crossed left = {.a = ints(0), .b = ints(0), .sent = 1, .rounds = rounds};
    crossed right = {.a = left.a, .b = left.b, .sent = 2, .rounds = rounds};
    START(&wg, recv_a_or_send_b, &left);
    START(&wg, send_a_or_recv_b, &right);
    weft_waitgroup_wait(&wg);
    assert_int_equal(left.chosen, right.chosen);
    assert_int_equal(left.chosen == 0 ? 2 : 1, left.chosen == 0 ? left.got : right.got);
    weft_chan_release(left.a);
    weft_chan_release(left.b);
}

static void test_crossed_selects_agree_on_one_channel(void **state)
{
    (void)state;
    check_crossed(1);
}

static void test_crossed_selects_agree_again_and_again(void **state)
{
    (void)state;
    check_crossed(12);
}

typedef struct ring {
    weft_chan *to_next;
    weft_chan *from_previous;
    weft_chan *stop;
    weft_chan *results;
} ring;

static void send_on_or_recv_in_a_ring(void *arg)
{
    const ring *const r = arg;
    const int value = 1;
    weft_case cases[] = {WEFT_SEND(r->to_next, &value), WEFT_RECV(r->from_previous, NULL),
                         WEFT_RECV(r->stop, NULL)};
    send_int(r->results, (int)weft_select(cases, 3));
}

static void test_of_three_selects_in_a_ring_two_meet(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const chans[3] = {ints(0), ints(0), ints(0)};
    weft_chan *const stop = weft_chan_make(0, 0);
    weft_chan *const results = ints(3);
    ring members[3];
    for (int i = 0; i < 3; i++) {
        members[i] = (ring){chans[i], chans[(i + 2) % 3], stop, results};
        START(&wg, send_on_or_recv_in_a_ring, &members[i]);
    }
    assert_int_equal(1, recv_int(results) + recv_int(results));
    weft_chan_close(stop);
    assert_int_equal(2, recv_int(results));
    weft_waitgroup_wait(&wg);
    for (int i = 0; i < 3; i++) {
        weft_chan_release(chans[i]);
    }
    weft_chan_release(stop);
    weft_chan_release(results);
}

enum { SENDERS = 3, RECEIVERS = 3, EACH = 6 };

typedef struct market {
    weft_chan *a;
    weft_chan *b;
    int first;
    int times[SENDERS * EACH];
} market;

static void sell(void *arg)
{
    const market *const m = arg;
    for (int i = 0; i < EACH; i++) {
        const int value = m->first + i;
        weft_case cases[] = {WEFT_SEND(m->a, &value), WEFT_SEND(m->b, &value)};
        (void)weft_select(cases, 2);
    }
}

static void buy(void *arg)
{
    market *const m = arg;
    int value = 0;
    weft_case cases[] = {WEFT_RECV(m->b, &value), WEFT_RECV(m->a, &value)};
    while (cases[0].chan != NULL || cases[1].chan != NULL) {
        const size_t chosen = weft_select(cases, 2);
        if (cases[chosen].ok) {
            m->times[value]++;
        } else {
            cases[chosen].chan = NULL;
        }
    }
}

static void check_market(size_t capacity)
{
    weft_waitgroup selling = {{0}};
    weft_waitgroup buying = {{0}};
    market sellers[SENDERS] = {{.a = ints(capacity), .b = ints(capacity)}};
    market buyers[RECEIVERS];
    for (int i = 0; i < RECEIVERS; i++) {
        buyers[i] = sellers[0];
        START(&buying, buy, &buyers[i]);
    }
    for (int i = 0; i < SENDERS; i++) {
        sellers[i].a = sellers[0].a;
        sellers[i].b = sellers[0].b;
        sellers[i].first = i * EACH;
        START(&selling, sell, &sellers[i]);
    }
    weft_waitgroup_wait(&selling);
    weft_chan_close(sellers[0].a);
    weft_chan_close(sellers[0].b);
    weft_waitgroup_wait(&buying);
    for (int value = 0; value < SENDERS * EACH; value++) {
        assert_int_equal(1,
                         buyers[0].times[value] + buyers[1].times[value] + buyers[2].times[value]);
    }
    weft_chan_release(sellers[0].a);
    weft_chan_release(sellers[0].b);
}

static void test_competing_selects_transfer_each_value_once_unbuffered(void **state)
{
    (void)state;
    check_market(0);
}

static void test_competing_selects_transfer_each_value_once_buffered(void **state)
{
    (void)state;
    check_market(2);
}

typedef struct source {
    weft_chan *ch;
    int first;
} source;

static void send_three_and_close(void *arg)
{
    const source *const s = arg;
    for (int i = 0; i < 3; i++) {
        send_int(s->ch, s->first + i);
    }
    weft_chan_close(s->ch);
}

static void test_merging_two_channels_until_both_are_closed(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    source one = {.ch = ints(0), .first = 0};
    source two = {.ch = ints(1), .first = 10};
    START(&wg, send_three_and_close, &one);
    START(&wg, send_three_and_close, &two);
    int next[2] = {0, 10};
    int value = 0;
    weft_case cases[] = {WEFT_RECV(one.ch, &value), WEFT_RECV(two.ch, &value)};
    for (int open = 2; open > 0;) {
        const size_t chosen = weft_select(cases, 2);
        if (cases[chosen].ok) {
            assert_int_equal(next[chosen]++, value);
        } else {
            cases[chosen].chan = NULL;
            open--;
        }
    }
    assert_int_equal(3, next[0]);
    assert_int_equal(13, next[1]);
    weft_waitgroup_wait(&wg);
    weft_chan_release(one.ch);
    weft_chan_release(two.ch);
}

typedef struct worker {
    weft_chan *jobs;
    weft_chan *done;
    int handled;
} worker;

static void work_until_done(void *arg)
{
    worker *const w = arg;
    weft_case cases[] = {WEFT_RECV(w->jobs, NULL), WEFT_RECV(w->done, NULL)};
    while (weft_select(cases, 2) == 0) {
        w->handled++;
    }
}

static void test_closing_a_done_channel_stops_all_workers(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const jobs = ints(0);
    weft_chan *const done = weft_chan_make(0, 0);
    worker workers[3];
    for (int i = 0; i < 3; i++) {
        workers[i] = (worker){.jobs = jobs, .done = done};
        START(&wg, work_until_done, &workers[i]);
    }
    for (int i = 0; i < 6; i++) {
        send_int(jobs, i);
    }
    weft_chan_close(done);
    weft_waitgroup_wait(&wg);
    assert_int_equal(6, workers[0].handled + workers[1].handled + workers[2].handled);
    weft_chan_release(jobs);
    weft_chan_release(done);
}

static void test_plain_receivers_and_selects_share_a_channel(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    listener l = {.chans = {ints(0), ints(0)}};
    peer plain = {.ch = l.chans[0]};
    START(&wg, recv_first_or_second, &l);
    START(&wg, peer_recv, &plain);
    send_int(l.chans[0], 1);
    send_int(l.chans[0], 2);
    weft_waitgroup_wait(&wg);
    assert_int_equal(0, l.chosen);
    assert_int_equal(3, l.value + plain.value);
    weft_chan_release(l.chans[0]);
    weft_chan_release(l.chans[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_crossed_selects_agree_on_one_channel),
        weft_unit_test(test_crossed_selects_agree_again_and_again),
        weft_unit_test(test_of_three_selects_in_a_ring_two_meet),
        weft_unit_test(test_competing_selects_transfer_each_value_once_unbuffered),
        weft_unit_test(test_competing_selects_transfer_each_value_once_buffered),
        weft_unit_test(test_merging_two_channels_until_both_are_closed),
        weft_unit_test(test_closing_a_done_channel_stops_all_workers),
        weft_unit_test(test_plain_receivers_and_selects_share_a_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
