/* chan_crowd_test.c: many goroutines on one channel, and who frees it.
 *
 * Goal:   No value is lost or received twice and those of one sender stay in order, whoever
 *         competes; references are counted.
 * Source: Go spec, "Channel types": FIFO; "An example package". weft.h, "Channels", for
 *         references.
 * Method: The test is goroutine main; its peers (peers.h) make one call each. Nothing depends on
 *         who arrives first. */
#include "peers.h"

/* ---- References: weft.h; departs from Go ---- */

static void test_retain_returns_its_channel(void **state)
{
    (void)state;
    weft_chan *const ch = ints(1);
    assert_ptr_equal(ch, weft_chan_retain(ch));
    weft_chan_release(ch);
    weft_chan_release(ch);
}

static void test_a_retained_channel_outlives_its_first_release(void **state)
{
    (void)state;
    weft_chan *const ch = ints(1);
    (void)weft_chan_retain(ch);
    send_int(ch, 5);
    weft_chan_release(ch);
    assert_int_equal(5, recv_int(ch));
    weft_chan_release(ch);
}

static void test_the_last_release_frees_what_is_buffered(void **state)
{
    (void)state;
    weft_chan *const ch = weft_chan_make(4096, 4);
    const char bytes[4096] = {0};
    weft_chan_send(ch, bytes);
    weft_chan_send(ch, bytes);
    weft_chan_release(ch);
}

static void test_a_closed_channel_can_be_released(void **state)
{
    (void)state;
    weft_chan *const ch = ints(1);
    send_int(ch, 1);
    weft_chan_close(ch);
    weft_chan_release(ch);
}

static void send_and_release(void *ch)
{
    send_int(ch, 1);
    weft_chan_release(ch);
}

static void test_each_goroutine_may_drop_its_own_reference(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const ch = ints(3);
    for (int i = 0; i < 3; i++) {
        START(&wg, send_and_release, weft_chan_retain(ch));
    }
    weft_chan_release(ch);
    weft_waitgroup_wait(&wg);
}

/* Go spec has channels of channels: here they carry a reference along. */
typedef struct request {
    int value;
    weft_chan *reply;
} request;

static void serve_requests(void *ch)
{
    request r;
    while (weft_chan_recv(ch, &r)) {
        send_int(r.reply, r.value * 2);
        weft_chan_release(r.reply);
    }
}

static void test_a_channel_carries_channels(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const requests = weft_chan_make(sizeof(request), 0);
    START(&wg, serve_requests, requests);
    for (int i = 0; i < 4; i++) {
        const request r = {.value = i, .reply = ints(i % 2 == 0 ? 0 : 1)};
        (void)weft_chan_retain(r.reply);
        weft_chan_send(requests, &r);
        assert_int_equal(2 * i, recv_int(r.reply));
        weft_chan_release(r.reply);
    }
    weft_chan_close(requests);
    weft_waitgroup_wait(&wg);
    weft_chan_release(requests);
}

/* ---- Many goroutines on one channel ---- */

enum { PRODUCERS = 4, CONSUMERS = 3, EACH = 8 };

typedef struct crowd {
    weft_chan *ch;
    stream producers[PRODUCERS];
    weft_waitgroup producing;
    weft_waitgroup consuming;
} crowd;

/* Producer p sends p * EACH ... p * EACH + EACH - 1. */
static void start_producers(crowd *c, int count)
{
    for (int p = 0; p < count; p++) {
        c->producers[p] = (stream){.out = c->ch, .first = p * EACH, .count = EACH};
        START(&c->producing, send_ascending, &c->producers[p]);
    }
}

typedef struct tally {
    weft_chan *ch;
    int times[PRODUCERS * EACH];
    int last[PRODUCERS]; /* the last value received from it, plus 1 */
} tally;

static void count_values(void *arg)
{
    tally *const t = arg;
    int value = 0;
    while (weft_chan_recv(t->ch, &value)) {
        const int producer = value / EACH;
        assert_true(value >= t->last[producer]); /* one producer's values stay in order */
        t->last[producer] = value + 1;
        t->times[value]++;
    }
}

static void check_crowd(int producers, int consumers, size_t capacity)
{
    crowd c = {.ch = ints(capacity)};
    tally tallies[CONSUMERS] = {{.ch = NULL}};
    start_producers(&c, producers);
    for (int i = 0; i < consumers; i++) {
        tallies[i].ch = c.ch;
        START(&c.consuming, count_values, &tallies[i]);
    }
    weft_waitgroup_wait(&c.producing);
    weft_chan_close(c.ch);
    weft_waitgroup_wait(&c.consuming);
    for (int value = 0; value < producers * EACH; value++) {
        int times = 0;
        for (int i = 0; i < consumers; i++) {
            times += tallies[i].times[value];
        }
        assert_int_equal(1, times);
    }
    weft_chan_release(c.ch);
}

static void test_many_producers_and_one_consumer_unbuffered(void **state)
{
    (void)state;
    check_crowd(PRODUCERS, 1, 0);
}

static void test_many_producers_and_one_consumer_buffered(void **state)
{
    (void)state;
    check_crowd(PRODUCERS, 1, 3);
}

static void test_one_producer_and_many_consumers_unbuffered(void **state)
{
    (void)state;
    check_crowd(1, CONSUMERS, 0);
}

static void test_one_producer_and_many_consumers_buffered(void **state)
{
    (void)state;
    check_crowd(1, CONSUMERS, 3);
}

static void test_many_producers_and_many_consumers_unbuffered(void **state)
{
    (void)state;
    check_crowd(PRODUCERS, CONSUMERS, 0);
}

static void test_many_producers_and_many_consumers_buffered(void **state)
{
    (void)state;
    check_crowd(PRODUCERS, CONSUMERS, 1);
    check_crowd(PRODUCERS, CONSUMERS, PRODUCERS * EACH);
}

typedef struct filter {
    weft_chan *in;
    weft_chan *out;
    int prime;
} filter;

static void drop_multiples(void *arg)
{
    const filter *const f = arg;
    int value = 0;
    while (weft_chan_recv(f->in, &value)) {
        if (value % f->prime != 0) {
            send_int(f->out, value);
        }
    }
    weft_chan_close(f->out);
}

static void send_candidates(void *ch)
{
    for (int i = 2; i < 14; i++) {
        send_int(ch, i);
    }
    weft_chan_close(ch);
}

/* Go spec, "An example package": a prime sieve. */
static void test_a_chain_of_goroutines_sieves_primes(void **state)
{
    (void)state;
    static const int primes[6] = {2, 3, 5, 7, 11, 13};
    weft_waitgroup wg = {{0}};
    filter filters[6];
    weft_chan *end = ints(0);
    START(&wg, send_candidates, end);
    for (int i = 0; i < 6; i++) {
        filters[i] = (filter){.in = end, .out = ints(0), .prime = recv_int(end)};
        assert_int_equal(primes[i], filters[i].prime);
        START(&wg, drop_multiples, &filters[i]);
        end = filters[i].out;
    }
    assert_false(weft_chan_recv(end, NULL));
    weft_waitgroup_wait(&wg);
    for (int i = 0; i < 6; i++) {
        weft_chan_release(filters[i].in);
    }
    weft_chan_release(end);
}

typedef struct polls {
    weft_chan *ch;
    int seen;
} polls;

static void poll_until_closed(void *arg)
{
    polls *const p = arg;
    for (;;) {
        int value = 0;
        const int result = weft_chan_try_recv(p->ch, &value);
        if (result == -EPIPE) {
            return;
        }
        if (result == 0) {
            assert_int_equal(p->seen++, value);
        } else {
            weft_yield();
        }
    }
}

static void test_a_polling_receiver_sees_every_value_and_the_close(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    polls p = {.ch = ints(2)};
    START(&wg, poll_until_closed, &p);
    for (int i = 0; i < 4; i++) {
        send_int(p.ch, i);
    }
    weft_chan_close(p.ch);
    weft_waitgroup_wait(&wg);
    assert_int_equal(4, p.seen);
    weft_chan_release(p.ch);
}

static void recv_three_and_compare(void *arg)
{
    const stream *const s = arg;
    int before = -1;
    for (int i = 0; i < s->count; i++) {
        const int value = recv_int(s->in);
        assert_true(value > before);
        before = value;
    }
}

static void test_competing_receivers_each_see_ascending_values(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const ch = ints(1);
    stream receiver = {.in = ch, .count = 3};
    START(&wg, recv_three_and_compare, &receiver);
    START(&wg, recv_three_and_compare, &receiver);
    for (int i = 0; i < 6; i++) {
        send_int(ch, i);
    }
    weft_waitgroup_wait(&wg);
    weft_chan_release(ch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_retain_returns_its_channel),
        weft_unit_test(test_a_retained_channel_outlives_its_first_release),
        weft_unit_test(test_the_last_release_frees_what_is_buffered),
        weft_unit_test(test_a_closed_channel_can_be_released),
        weft_unit_test(test_each_goroutine_may_drop_its_own_reference),
        weft_unit_test(test_a_channel_carries_channels),
        weft_unit_test(test_many_producers_and_one_consumer_unbuffered),
        weft_unit_test(test_many_producers_and_one_consumer_buffered),
        weft_unit_test(test_one_producer_and_many_consumers_unbuffered),
        weft_unit_test(test_one_producer_and_many_consumers_buffered),
        weft_unit_test(test_many_producers_and_many_consumers_unbuffered),
        weft_unit_test(test_many_producers_and_many_consumers_buffered),
        weft_unit_test(test_a_chain_of_goroutines_sieves_primes),
        weft_unit_test(test_a_polling_receiver_sees_every_value_and_the_close),
        weft_unit_test(test_competing_receivers_each_see_ascending_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
