/* select_test.c: one case, the default, deadlines, and no case that could be ready.
 *
 * Goal:   Each of these rules of weft.h, "Select", has a test that fails when the rule is broken.
 * Source: Go spec, "Select statements".
 * Method: Deadlines stand where nobody could serve the select, or where both outcomes are right. */
#include "peers.h"

/* ---- One case ---- */

static void test_a_single_receive_waits_for_its_value(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    peer sender = {.ch = ints(0), .value = 5};
    START(&wg, peer_send, &sender);
    int value = 0;
    weft_case cases[] = {WEFT_RECV(sender.ch, &value)};
    assert_int_equal(0, weft_select(cases, 1));
    assert_true(cases[0].ok);
    assert_int_equal(5, value);
    weft_waitgroup_wait(&wg);
    weft_chan_release(sender.ch);
}

static void test_a_single_send_waits_for_its_receiver(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    peer receiver = {.ch = ints(0)};
    START(&wg, peer_recv, &receiver);
    const int value = 5;
    weft_case cases[] = {WEFT_SEND(receiver.ch, &value)};
    assert_int_equal(0, weft_select(cases, 1));
    weft_waitgroup_wait(&wg);
    assert_int_equal(5, receiver.value);
    weft_chan_release(receiver.ch);
}

static void test_a_send_waits_for_room_in_the_buffer(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    peer receiver = {.ch = ints(1)};
    send_int(receiver.ch, 1);
    START(&wg, peer_recv, &receiver);
    const int value = 2;
    weft_case cases[] = {WEFT_SEND(receiver.ch, &value)};
    assert_int_equal(0, weft_select(cases, 1));
    weft_waitgroup_wait(&wg);
    assert_int_equal(1, receiver.value);
    assert_int_equal(2, recv_int(receiver.ch));
    weft_chan_release(receiver.ch);
}

static void test_a_single_default_is_executed(void **state)
{
    (void)state;
    weft_case cases[] = {WEFT_DEFAULT};
    assert_int_equal(0, weft_select(cases, 1));
}

static void test_a_single_until_waits_for_its_deadline(void **state)
{
    (void)state;
    const int64_t deadline_ns = soon();
    weft_case cases[] = {WEFT_UNTIL(deadline_ns)};
    assert_int_equal(0, weft_select(cases, 1));
    assert_true(weft_now() >= deadline_ns);
}

static void test_a_single_until_in_the_past_is_executed(void **state)
{
    (void)state;
    const int64_t passed[3] = {INT64_MIN, 0, weft_now()};
    for (int round = 0; round < 4; round++) {
        for (size_t i = 0; i < 3; i++) {
            weft_case cases[] = {WEFT_UNTIL(passed[i])};
            assert_int_equal(0, weft_select(cases, 1));
        }
    }
}

static void test_macros_are_expressions_too(void **state)
{
    (void)state;
    weft_chan *const ch = ints(1);
    int value = 5;
    weft_case one = WEFT_SEND(ch, &value);
    assert_int_equal(0, weft_select(&one, 1));
    value = 0;
    one = WEFT_RECV(ch, &value);
    assert_int_equal(0, weft_select(&one, 1));
    assert_int_equal(5, value);
    one = WEFT_DEFAULT;
    assert_int_equal(0, weft_select(&one, 1));
    one = WEFT_UNTIL(weft_now());
    assert_int_equal(0, weft_select(&one, 1));
    weft_chan_release(ch);
}

/* ---- Default: Go spec: chosen when no communication can proceed ---- */

static void test_default_is_chosen_wherever_it_stands(void **state)
{
    (void)state;
    weft_chan *const ch = ints(0);
    int value = 7;
    for (size_t at = 0; at < 3; at++) {
        weft_case cases[] = {WEFT_RECV(ch, &value), WEFT_SEND(ch, &value), WEFT_RECV(NULL, &value)};
        cases[at] = WEFT_DEFAULT;
        assert_int_equal(at, weft_select(cases, 3));
        assert_int_equal(7, value);
    }
    weft_chan_release(ch);
}

static void test_a_ready_case_wins_over_default_wherever_it_stands(void **state)
{
    (void)state;
    weft_chan *const ch = ints(1);
    for (size_t at = 0; at < 2; at++) {
        int value = 0;
        weft_case cases[] = {WEFT_RECV(ch, &value), WEFT_RECV(ch, &value)};
        cases[at] = WEFT_DEFAULT;
        send_int(ch, 5);
        assert_int_equal(1 - at, weft_select(cases, 2));
        assert_int_equal(5, value);
    }
    weft_chan_release(ch);
}

static void test_default_leaves_no_waiter_behind(void **state)
{
    (void)state;
    weft_chan *const a = ints(0);
    weft_chan *const b = ints(0);
    int value = 7;
    weft_case cases[] = {WEFT_RECV(a, &value), WEFT_SEND(b, &value), WEFT_DEFAULT};
    assert_int_equal(2, weft_select(cases, 3));
    assert_int_equal(-EAGAIN, try_send_int(a, 1));
    assert_int_equal(-EAGAIN, weft_chan_try_recv(b, NULL));
    assert_int_equal(7, value);
    weft_chan_release(a);
    weft_chan_release(b);
}

static void test_default_with_only_null_channels(void **state)
{
    (void)state;
    const int value = 1;
    weft_case cases[] = {WEFT_RECV(NULL, NULL), WEFT_DEFAULT, WEFT_SEND(NULL, &value)};
    assert_int_equal(1, weft_select(cases, 3));
}

static void test_default_next_to_until_never_parks(void **state)
{
    (void)state;
    weft_chan *const ch = ints(0);
    weft_case cases[] = {WEFT_UNTIL(WEFT_NEVER), WEFT_RECV(ch, NULL), WEFT_DEFAULT};
    assert_int_equal(2, weft_select(cases, 3));
    weft_chan_release(ch);
}

static void test_two_defaults_panic(void **state)
{
    (void)state;
    weft_case adjacent[] = {WEFT_DEFAULT, WEFT_DEFAULT};
    assert_true(panics(do_select, &(choice){.cases = adjacent, .count = 2}));
    weft_case apart[] = {WEFT_DEFAULT, WEFT_RECV(NULL, NULL), WEFT_UNTIL(0), WEFT_DEFAULT};
    assert_true(panics(do_select, &(choice){.cases = apart, .count = 4}));
}

static void test_two_defaults_panic_before_anything_is_executed(void **state)
{
    (void)state;
    weft_chan *const ch = ints(1);
    send_int(ch, 5);
    int value = 7;
    weft_case cases[] = {WEFT_RECV(ch, &value), WEFT_DEFAULT, WEFT_DEFAULT};
    assert_true(panics(do_select, &(choice){.cases = cases, .count = 3}));
    assert_int_equal(7, value);
    assert_int_equal(5, recv_int(ch));
    weft_chan_release(ch);
}

/* ---- Until: weft.h; in Go a case on time.After ---- */

static void test_until_is_chosen_wherever_it_stands(void **state)
{
    (void)state;
    weft_chan *const ch = ints(0);
    int value = 7;
    for (size_t at = 0; at < 3; at++) {
        weft_case cases[] = {WEFT_RECV(ch, &value), WEFT_SEND(ch, &value), WEFT_RECV(NULL, NULL)};
        const int64_t deadline_ns = soon();
        cases[at] = WEFT_UNTIL(deadline_ns);
        assert_int_equal(at, weft_select(cases, 3));
        assert_true(weft_now() >= deadline_ns);
        assert_int_equal(7, value);
    }
    weft_chan_release(ch);
}

static void test_the_earliest_of_several_untils_is_chosen(void **state)
{
    (void)state;
    weft_chan *const ch = ints(0);
    for (size_t at = 0; at < 4; at++) {
        const int64_t early_ns = soon();
        weft_case cases[] = {WEFT_UNTIL(early_ns + 2), WEFT_UNTIL(WEFT_NEVER), WEFT_RECV(ch, NULL),
                             WEFT_UNTIL(early_ns + 1)};
        cases[at] = WEFT_UNTIL(early_ns);
        assert_int_equal(at, weft_select(cases, 4));
    }
    weft_chan_release(ch);
}

static void test_one_of_equal_untils_is_chosen(void **state)
{
    (void)state;
    const int64_t deadline_ns = soon();
    weft_case cases[] = {WEFT_UNTIL(WEFT_NEVER), WEFT_UNTIL(deadline_ns), WEFT_UNTIL(deadline_ns)};
    const size_t chosen = weft_select(cases, 3);
    assert_true(chosen == 1 || chosen == 2);
}

static void test_a_ready_case_wins_over_a_passed_until(void **state)
{
    (void)state;
    weft_chan *const ch = ints(1);
    for (size_t at = 0; at < 2; at++) {
        int value = 0;
        weft_case cases[] = {WEFT_RECV(ch, &value), WEFT_RECV(ch, &value)};
        cases[at] = WEFT_UNTIL(INT64_MIN);
        send_int(ch, 5);
        assert_int_equal(1 - at, weft_select(cases, 2));
        assert_int_equal(5, value);
    }
    weft_chan_release(ch);
}

static void test_until_never_waits_for_the_other_cases(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    peer sender = {.ch = ints(0), .value = 5};
    START(&wg, peer_send, &sender);
    int value = 0;
    weft_case cases[] = {WEFT_UNTIL(WEFT_NEVER), WEFT_RECV(sender.ch, &value)};
    assert_int_equal(1, weft_select(cases, 2));
    assert_int_equal(5, value);
    weft_waitgroup_wait(&wg);
    weft_chan_release(sender.ch);
}

static void test_until_leaves_no_waiter_behind(void **state)
{
    (void)state;
    weft_chan *const a = ints(0);
    weft_chan *const b = ints(0);
    int value = 7;
    weft_case cases[] = {WEFT_RECV(a, &value), WEFT_SEND(b, &value), WEFT_UNTIL(soon())};
    assert_int_equal(2, weft_select(cases, 3));
    assert_int_equal(-EAGAIN, try_send_int(a, 1));
    assert_int_equal(-EAGAIN, weft_chan_try_recv(b, NULL));
    assert_int_equal(7, value);
    weft_chan_release(a);
    weft_chan_release(b);
}

static void test_until_and_a_sender_agree_who_came_first(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const other = ints(0);
    peer sender = {.ch = ints(0), .value = 5, .deadline_ns = soon()};
    START(&wg, peer_send_until, &sender);
    int value = 7;
    weft_case cases[] = {WEFT_RECV(other, NULL), WEFT_RECV(sender.ch, &value),
                         WEFT_UNTIL(sender.deadline_ns)};
    const size_t chosen = weft_select(cases, 3);
    weft_waitgroup_wait(&wg);
    assert_int_equal(sender.result == 0 ? 1 : 2, chosen);
    assert_int_equal(sender.result == 0 ? 5 : 7, value);
    weft_chan_release(sender.ch);
    weft_chan_release(other);
}

/* ---- Nothing can ever be ready: Go spec: blocks for ever ---- */

static void select_nothing(void *ch)
{
    (void)weft_select(NULL, 0);
    weft_chan_send(ch, NULL);
}

static void test_select_without_cases_parks_for_ever(void **state)
{
    (void)state;
    weft_chan *const never = weft_chan_make(0, 0);
    assert_parks_for_ever(select_nothing, never);
    weft_chan_release(never);
}

static void select_null_channels(void *ch)
{
    int value = 1;
    weft_case cases[] = {WEFT_RECV(NULL, &value), WEFT_SEND(NULL, &value), WEFT_UNTIL(WEFT_NEVER)};
    (void)weft_select(cases, 3);
    weft_chan_send(ch, NULL);
}

static void test_select_of_null_channels_parks_for_ever(void **state)
{
    (void)state;
    weft_chan *const never = weft_chan_make(0, 0);
    assert_parks_for_ever(select_null_channels, never);
    weft_chan_release(never);
}

static void test_null_channels_are_never_ready(void **state)
{
    (void)state;
    weft_chan *const ch = ints(1);
    int value = 1;
    for (size_t at = 0; at < 3; at++) {
        weft_case cases[] = {WEFT_RECV(NULL, NULL), WEFT_SEND(NULL, &value), WEFT_RECV(NULL, NULL)};
        cases[at] = WEFT_SEND(ch, &value);
        assert_int_equal(at, weft_select(cases, 3));
        assert_int_equal(1, recv_int(ch));
    }
    weft_chan_release(ch);
}

static void test_null_channels_with_until_wait_for_the_deadline(void **state)
{
    (void)state;
    int value = 7;
    for (int i = 0; i < 4; i++) {
        weft_case cases[] = {WEFT_RECV(NULL, &value), WEFT_UNTIL(weft_now()),
                             WEFT_SEND(NULL, &value)};
        assert_int_equal(1, weft_select(cases, 3));
    }
    assert_int_equal(7, value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_a_single_receive_waits_for_its_value),
        weft_unit_test(test_a_single_send_waits_for_its_receiver),
        weft_unit_test(test_a_send_waits_for_room_in_the_buffer),
        weft_unit_test(test_a_single_default_is_executed),
        weft_unit_test(test_a_single_until_waits_for_its_deadline),
        weft_unit_test(test_a_single_until_in_the_past_is_executed),
        weft_unit_test(test_macros_are_expressions_too),
        weft_unit_test(test_default_is_chosen_wherever_it_stands),
        weft_unit_test(test_a_ready_case_wins_over_default_wherever_it_stands),
        weft_unit_test(test_default_leaves_no_waiter_behind),
        weft_unit_test(test_default_with_only_null_channels),
        weft_unit_test(test_default_next_to_until_never_parks),
        weft_unit_test(test_two_defaults_panic),
        weft_unit_test(test_two_defaults_panic_before_anything_is_executed),
        weft_unit_test(test_until_is_chosen_wherever_it_stands),
        weft_unit_test(test_the_earliest_of_several_untils_is_chosen),
        weft_unit_test(test_one_of_equal_untils_is_chosen),
        weft_unit_test(test_a_ready_case_wins_over_a_passed_until),
        weft_unit_test(test_until_never_waits_for_the_other_cases),
        weft_unit_test(test_until_leaves_no_waiter_behind),
        weft_unit_test(test_until_and_a_sender_agree_who_came_first),
        weft_unit_test(test_select_without_cases_parks_for_ever),
        weft_unit_test(test_select_of_null_channels_parks_for_ever),
        weft_unit_test(test_null_channels_are_never_ready),
        weft_unit_test(test_null_channels_with_until_wait_for_the_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
