/* bounded_test.c: exploration within a bound finds the failures that are within it, and says of a
 * pass what the bound was. */
#include "../support/explore.h"

#include <stdio.h>

static weft_result explore(const char *kind, uint32_t bound, weft_fn *fn, void *arg)
{
    char name[32];
    weft_result result;
    (void)snprintf(name, sizeof name, "%s%u", kind, bound);
    const weft_options options = {.name = "test", .strategy = name, .schedules = 100000};
    assert_true(weft_explore(&options, fn, arg, &result) >= 0);
    return result;
}

/* ---- Two that must take turns for it to fail ---- */

static unsigned turn;
static unsigned last_turn;

static void take_turns(void *arg)
{
    for (unsigned mine = (unsigned)(uintptr_t)arg; mine < 10; mine += 2) {
        weft_point_update(&turn, sizeof turn);
        if (turn != mine) {
            turn = UINT32_MAX; /* whoever comes too early spoils it */
            return;
        }
        turn++;
        if (turn == last_turn) {
            weft_panic("every turn was taken");
        }
    }
}

static void fail_after_switches(void *arg)
{
    last_turn = 1 + (unsigned)(uintptr_t)arg;
    weft_go(take_turns, (void *)0);
    weft_go(take_turns, (void *)1);
}

static void expect_found_at_its_bound(const char *kind)
{
    for (uint32_t switches = 1; switches <= 5; switches++) {
        void *const arg = (void *)(uintptr_t)switches;
        weft_result found = explore(kind, switches, fail_after_switches, arg);
        assert_int_equal(found.finding_count, 1);
        assert_int_equal(found.findings[0].kind, WEFT_FOUND_PANIC);
        assert_int_equal(found.findings[0].switches_found, switches);
        weft_result_clear(&found);
        if (switches > 1) {
            const weft_result passed = explore(kind, switches - 1, fail_after_switches, arg);
            assert_int_equal(passed.finding_count, 0);
            assert_string_equal(passed.bounded, kind);
            assert_int_equal(passed.bound, switches - 1);
            assert_false(passed.complete);
        }
    }
}

static void test_failure_is_found_at_its_bound(void **state)
{
    (void)state;
    expect_found_at_its_bound("delays");
    expect_found_at_its_bound("preemptions");
}

/* ---- What the two bounds count ---- */

static weft_chan *ch;

static void send(void *arg)
{
    (void)arg;
    weft_chan_send(ch, NULL);
}

static void three_senders(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 3);
    for (int i = 0; i < 3; i++) {
        weft_go(send, NULL);
    }
}

/* Each sender ends with its send: who is next is free for the one, and a delay for the other. */
static void test_switch_where_nobody_runs(void **state)
{
    (void)state;
    assert_int_equal(explore("preemptions", 1, three_senders, NULL).distinct, 6);
    assert_int_equal(explore("delays", 1, three_senders, NULL).distinct, 3);
    assert_int_equal(explore("delays", 2, three_senders, NULL).distinct, 5);
    assert_int_equal(explore("delays", 3, three_senders, NULL).distinct, 6);
}

/* ---- What is not claimed ---- */

static void poll_for_ever(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 0);
    weft_go(send, NULL);
    for (int i = 0; i < 3000; i++) {
        weft_point_update(&turn, sizeof turn);
    }
    (void)weft_chan_recv(ch, NULL);
}

static void test_run_beyond_the_steps_makes_no_claim(void **state)
{
    (void)state;
    weft_result result;
    const weft_options options = {.name = "test", .strategy = "delays1", .schedules = 50};
    assert_int_equal(weft_explore(&options, poll_for_ever, NULL, &result), 0);
    assert_int_equal(result.runs, 50);
    assert_true(result.bound_hits != 0);
    assert_null(result.bounded);
}

static void test_cut_exploration_claims_what_it_finished(void **state)
{
    (void)state;
    weft_result result;
    const weft_options options = {.name = "test", .strategy = "delays3", .schedules = 5};
    assert_int_equal(weft_explore(&options, three_senders, NULL, &result), 0);
    assert_int_equal(result.runs, 5);
    assert_string_equal(result.bounded, "delays");
    assert_int_equal(result.bound, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failure_is_found_at_its_bound),
        cmocka_unit_test(test_switch_where_nobody_runs),
        cmocka_unit_test(test_run_beyond_the_steps_makes_no_claim),
        cmocka_unit_test(test_cut_exploration_claims_what_it_finished),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
