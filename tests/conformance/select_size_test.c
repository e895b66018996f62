/* select_size_test.c: selects of 1, 2, 17 and 100 cases, and their values.
 *
 * Goal:   The number, order and repetition of cases make no difference, nor do element sizes.
 * Source: Go spec, "Select statements".
 * Method: Of many cases one only is ready: it must be the one chosen. */
#include "peers.h"

/* ---- Many cases: 1, 2, 17, 100 ---- */

enum { MOST = 100 };

typedef struct bank {
    weft_chan *chans[MOST];
    weft_case cases[MOST + 1];
    size_t count;
    int value;
} bank;

static void make_bank(bank *b, size_t count, size_t capacity)
{
    b->count = count;
    b->value = -1;
    for (size_t i = 0; i < count; i++) {
        b->chans[i] = ints(capacity);
    }
}

static void free_bank(bank *b)
{
    for (size_t i = 0; i < b->count; i++) {
        weft_chan_release(b->chans[i]);
    }
}

static void bank_receives(bank *b)
{
    for (size_t i = 0; i < b->count; i++) {
        b->cases[i] = WEFT_RECV(b->chans[i], &b->value);
    }
}

static void bank_sends(bank *b)
{
    for (size_t i = 0; i < b->count; i++) {
        b->cases[i] = WEFT_SEND(b->chans[i], &b->value);
    }
}

/* Of `count` cases only the k-th is ready: it is the one that is chosen, for each k. */
static void check_the_only_ready_receive(size_t count)
{
    bank b;
    make_bank(&b, count, 1);
    bank_receives(&b);
    for (size_t k = 0; k < count; k++) {
        send_int(b.chans[k], (int)k);
        assert_int_equal(k, weft_select(b.cases, count));
        assert_true(b.cases[k].ok);
        assert_int_equal(k, b.value);
    }
    free_bank(&b);
}

static void check_the_only_ready_send(size_t count)
{
    bank b;
    make_bank(&b, count, 1);
    bank_sends(&b);
    for (size_t k = 0; k < count; k++) {
        send_int(b.chans[k], 7);
    }
    for (size_t k = 0; k < count; k++) {
        assert_int_equal(7, recv_int(b.chans[k]));
        b.value = (int)k;
        assert_int_equal(k, weft_select(b.cases, count));
        assert_int_equal(k, recv_int(b.chans[k]));
        send_int(b.chans[k], 7);
    }
    free_bank(&b);
}

static void test_1_case(void **state)
{
    (void)state;
    check_the_only_ready_receive(1);
    check_the_only_ready_send(1);
}

static void test_2_cases(void **state)
{
    (void)state;
    check_the_only_ready_receive(2);
    check_the_only_ready_send(2);
}

static void test_17_cases(void **state)
{
    (void)state;
    check_the_only_ready_receive(17);
    check_the_only_ready_send(17);
}

static void test_100_receive_cases(void **state)
{
    (void)state;
    check_the_only_ready_receive(MOST);
}

static void test_100_send_cases(void **state)
{
    (void)state;
    check_the_only_ready_send(MOST);
}

/* A select parked on all of them is woken through the k-th, and is gone from the others. */
static void check_parked_among(size_t count, size_t k)
{
    weft_waitgroup wg = {{0}};
    bank b;
    make_bank(&b, count, 0);
    bank_receives(&b);
    peer sender = {.ch = b.chans[k], .value = 5};
    START(&wg, peer_send, &sender);
    assert_int_equal(k, weft_select(b.cases, count));
    assert_int_equal(5, b.value);
    weft_waitgroup_wait(&wg);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(-EAGAIN, try_send_int(b.chans[i], 1));
    }
    free_bank(&b);
}

static void test_parked_among_2_cases(void **state)
{
    (void)state;
    check_parked_among(2, 0);
    check_parked_among(2, 1);
}

static void test_parked_among_17_cases(void **state)
{
    (void)state;
    check_parked_among(17, 0);
    check_parked_among(17, 8);
    check_parked_among(17, 16);
}

static void test_parked_among_100_cases(void **state)
{
    (void)state;
    check_parked_among(MOST, 63);
}

static void test_100_cases_in_reverse_order_of_making(void **state)
{
    (void)state;
    bank b;
    make_bank(&b, MOST, 1);
    for (size_t i = 0; i < MOST; i++) {
        b.cases[i] = WEFT_RECV(b.chans[MOST - 1 - i], &b.value);
    }
    send_int(b.chans[30], 30);
    assert_int_equal(MOST - 1 - 30, weft_select(b.cases, MOST));
    assert_int_equal(30, b.value);
    free_bank(&b);
}

static void test_100_cases_of_two_channels(void **state)
{
    (void)state;
    bank b;
    make_bank(&b, 2, 1);
    for (size_t i = 0; i < MOST; i++) {
        b.cases[i] = WEFT_RECV(b.chans[i % 2], &b.value);
    }
    for (int i = 0; i < 2; i++) {
        send_int(b.chans[i], i);
        assert_int_equal(i, weft_select(b.cases, MOST) % 2);
        assert_int_equal(i, b.value);
    }
    free_bank(&b);
}

static void test_100_cases_and_a_default(void **state)
{
    (void)state;
    bank b;
    make_bank(&b, MOST, 0);
    bank_receives(&b);
    b.cases[MOST] = WEFT_DEFAULT;
    assert_int_equal(MOST, weft_select(b.cases, MOST + 1));
    free_bank(&b);
}

static void test_100_cases_and_an_until(void **state)
{
    (void)state;
    bank b;
    make_bank(&b, MOST, 0);
    bank_sends(&b);
    b.cases[MOST] = WEFT_UNTIL(soon());
    assert_int_equal(MOST, weft_select(b.cases, MOST + 1));
    for (size_t i = 0; i < MOST; i++) {
        assert_int_equal(-EAGAIN, weft_chan_try_recv(b.chans[i], NULL));
    }
    free_bank(&b);
}

static void test_100_cases_panic_on_a_closed_send(void **state)
{
    (void)state;
    bank b;
    make_bank(&b, MOST, 0);
    bank_sends(&b);
    weft_chan_close(b.chans[70]);
    assert_true(panics(do_select, &(choice){.cases = b.cases, .count = MOST}));
    free_bank(&b);
}

static void test_100_null_channels_and_a_default(void **state)
{
    (void)state;
    weft_case cases[MOST];
    for (size_t i = 0; i < MOST; i++) {
        cases[i] = WEFT_RECV(NULL, NULL);
    }
    cases[50] = WEFT_DEFAULT;
    assert_int_equal(50, weft_select(cases, MOST));
}

/* ---- Values ---- */

static void test_a_receive_into_null_discards(void **state)
{
    (void)state;
    weft_chan *const ch = ints(2);
    send_int(ch, 1);
    send_int(ch, 2);
    weft_case cases[] = {WEFT_RECV(ch, NULL), WEFT_RECV(NULL, NULL)};
    assert_int_equal(0, weft_select(cases, 2));
    assert_true(cases[0].ok);
    assert_int_equal(2, recv_int(ch));
    weft_chan_close(ch);
    assert_int_equal(0, weft_select(cases, 2));
    assert_false(cases[0].ok);
    weft_chan_release(ch);
}

static void test_a_parked_receive_into_null_discards(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const other = ints(0);
    peer sender = {.ch = ints(0), .value = 5};
    START(&wg, peer_send, &sender);
    weft_case cases[] = {WEFT_RECV(other, NULL), WEFT_RECV(sender.ch, NULL)};
    assert_int_equal(1, weft_select(cases, 2));
    assert_true(cases[1].ok);
    weft_waitgroup_wait(&wg);
    weft_chan_release(other);
    weft_chan_release(sender.ch);
}

static void select_send_nothing(void *ch)
{
    weft_case cases[] = {WEFT_SEND(ch, NULL), WEFT_RECV(NULL, NULL)};
    assert_int_equal(0, weft_select(cases, 2));
}

static void test_zero_size_elements_in_a_select(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const ch = weft_chan_make(0, 0);
    START(&wg, select_send_nothing, ch);
    weft_case cases[] = {WEFT_RECV(NULL, NULL), WEFT_RECV(ch, NULL)};
    assert_int_equal(1, weft_select(cases, 2));
    assert_true(cases[1].ok);
    weft_waitgroup_wait(&wg);
    weft_chan_close(ch);
    assert_int_equal(1, weft_select(cases, 2));
    assert_false(cases[1].ok);
    weft_chan_release(ch);
}

typedef struct sizes {
    weft_chan *small;
    weft_chan *large;
} sizes;

static void send_small_then_large(void *arg)
{
    const sizes *const s = arg;
    const char small = 's';
    const char large[300] = {[0] = 'l', [299] = 'e'};
    weft_chan_send(s->small, &small);
    weft_chan_send(s->large, large);
}

static void test_channels_of_different_element_sizes(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    sizes s = {.small = weft_chan_make(1, 0), .large = weft_chan_make(300, 0)};
    char small[2] = {'?', '?'};
    char large[301] = {[299] = '?', [300] = '?'};
    START(&wg, send_small_then_large, &s);
    weft_case cases[] = {WEFT_RECV(s.large, large), WEFT_RECV(s.small, small)};
    assert_int_equal(1, weft_select(cases, 2));
    assert_int_equal(0, weft_select(cases, 2));
    weft_waitgroup_wait(&wg);
    assert_memory_equal("s?", small, 2);
    assert_int_equal('l', large[0]);
    assert_memory_equal("e?", large + 299, 2);
    weft_chan_release(s.small);
    weft_chan_release(s.large);
}

static void test_the_case_array_can_be_used_again(void **state)
{
    (void)state;
    weft_chan *const ch = ints(1);
    const int sent = 5;
    int got = 0;
    weft_case cases[] = {WEFT_SEND(ch, &sent), WEFT_RECV(ch, &got), WEFT_UNTIL(WEFT_NEVER)};
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(i % 2, weft_select(cases, 3));
    }
    assert_int_equal(5, got);
    assert_int_equal(WEFT_CASE_SEND, cases[0].kind);
    assert_ptr_equal(ch, cases[0].chan);
    assert_ptr_equal(&sent, cases[0].from);
    assert_ptr_equal(&got, cases[1].into);
    assert_true(cases[2].deadline_ns == WEFT_NEVER);
    weft_chan_release(ch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_1_case),
        weft_unit_test(test_2_cases),
        weft_unit_test(test_17_cases),
        weft_unit_test(test_100_receive_cases),
        weft_unit_test(test_100_send_cases),
        weft_unit_test(test_parked_among_2_cases),
        weft_unit_test(test_parked_among_17_cases),
        weft_unit_test(test_parked_among_100_cases),
        weft_unit_test(test_100_cases_in_reverse_order_of_making),
        weft_unit_test(test_100_cases_of_two_channels),
        weft_unit_test(test_100_cases_and_a_default),
        weft_unit_test(test_100_cases_and_an_until),
        weft_unit_test(test_100_cases_panic_on_a_closed_send),
        weft_unit_test(test_100_null_channels_and_a_default),
        weft_unit_test(test_a_receive_into_null_discards),
        weft_unit_test(test_a_parked_receive_into_null_discards),
        weft_unit_test(test_zero_size_elements_in_a_select),
        weft_unit_test(test_channels_of_different_element_sizes),
        weft_unit_test(test_the_case_array_can_be_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
