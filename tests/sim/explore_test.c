/* explore_test.c: what an exploration covers, and that it depends on the seed alone. */
#include "../support/explore.h"

#include <time.h>

static weft_chan *ch;

static void pass_on(void *arg)
{
    (void)arg;
    int value = 0;
    for (int i = 0; i < 4; i++) {
        weft_chan_send(ch, &value);
        (void)weft_chan_recv(ch, &value);
    }
}

static void pass_around(void *arg)
{
    (void)arg;
    ch = weft_chan_make(sizeof(int), 3);
    weft_go(pass_on, NULL);
    weft_go(pass_on, NULL);
    pass_on(NULL);
    (void)weft_random();
    (void)weft_choose(3);
}

static weft_result explore_with(const char *strategy, uint64_t seed, uint64_t schedules)
{
    weft_result result;
    const weft_options options = {
        .name = "test", .schedules = schedules, .seed = seed, .strategy = strategy};
    assert_int_equal(weft_explore(&options, pass_around, NULL, &result), 0);
    return result;
}

/* 100 000 runs, twice: every step of every run is in the hash. */
static void test_same_seed_gives_the_same_trace_hash(void **state)
{
    (void)state;
    weft_result first = explore_with("portfolio", 42, 100000);
    weft_result second = explore_with("portfolio", 42, 100000);
    assert_int_equal(first.runs, 100000);
    assert_int_equal(first.trace_hash[0], second.trace_hash[0]);
    assert_int_equal(first.trace_hash[1], second.trace_hash[1]);
    assert_int_equal(first.steps, second.steps);
    assert_int_equal(first.distinct, second.distinct);
}

/* Also one that ended while strategies were still learning. */
static void test_explorations_before_it_do_not_matter(void **state)
{
    static const char *const strategies[] = {"portfolio", "pair", "surw", "ql", "pct"};
    (void)state;
    for (size_t i = 0; i < sizeof strategies / sizeof strategies[0]; i++) {
        weft_result fresh = explore_with(strategies[i], 1, 1000);
        weft_result shorter = explore_with(strategies[i], 1, 1);
        weft_result after = explore_with(strategies[i], 1, 1000);
        assert_int_equal(shorter.runs, 1);
        assert_memory_equal(fresh.trace_hash, after.trace_hash, sizeof fresh.trace_hash);
    }
}

static void test_another_seed_gives_another_trace_hash(void **state)
{
    (void)state;
    weft_result first = explore_with("random", 1, 1000);
    weft_result second = explore_with("random", 2, 1000);
    assert_true(first.trace_hash[0] != second.trace_hash[0]);
}

static void test_every_strategy_explores_many_schedules(void **state)
{
    (void)state;
    static const char *const names[] = {"random", "sticky", "pos", "pct", "portfolio"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        weft_result result = explore_with(names[i], 1, 1000);
        assert_int_equal(result.runs, 1000);
        assert_true(result.distinct > 200);
    }
}

static unsigned chosen WEFT_KEEP;

static void choose_one(void *arg)
{
    (void)arg;
    chosen |= 1u << weft_choose(6);
}

static void test_choose_gives_every_value(void **state)
{
    (void)state;
    chosen = 0;
    explore_clean(choose_one, 300);
    assert_int_equal(chosen, (1u << 6) - 1);
}

static void select_one(void *arg)
{
    (void)arg;
    weft_case cases[3];
    for (int i = 0; i < 3; i++) {
        weft_chan *const ready = weft_chan_make(0, 1);
        weft_chan_send(ready, NULL);
        cases[i] = WEFT_RECV(ready, NULL);
    }
    chosen |= 1u << weft_select(cases, 3);
}

static void test_select_takes_every_ready_case(void **state)
{
    (void)state;
    chosen = 0;
    explore_clean(select_one, 200);
    assert_int_equal(chosen, 7);
}

/* ---- Time ---- */

static void sleep_an_hour(void *arg)
{
    (void)arg;
    weft_sleep(3600 * WEFT_SECOND);
    WEFT_ASSERT(weft_now() >= 3600 * WEFT_SECOND);
}

static void test_sleeping_costs_no_real_time(void **state)
{
    (void)state;
    struct timespec before;
    struct timespec after;
    (void)clock_gettime(CLOCK_MONOTONIC, &before);
    explore_clean(sleep_an_hour, 100);
    (void)clock_gettime(CLOCK_MONOTONIC, &after);
    assert_true(after.tv_sec - before.tv_sec < 60);
}

static void reply(void *replies)
{
    const int answer = 42;
    weft_chan_send(replies, &answer);
}

/* The bug: on a timeout nobody takes the reply. It needs the timer to fire while the sender could
 * still run. */
static void give_up_early(void *arg)
{
    (void)arg;
    int answer = 0;
    weft_chan *const replies = weft_chan_make(sizeof(int), 0);
    weft_go(reply, replies);
    (void)weft_chan_recv_until(replies, &answer, weft_now() + WEFT_SECOND);
}

static weft_result explore_timers(const char *timers)
{
    weft_result result;
    const weft_options options = {.name = "test", .schedules = 2000, .timers = timers};
    assert_true(weft_explore(&options, give_up_early, NULL, &result) >= 0);
    return result;
}

static void test_elastic_timers_may_fire_early(void **state)
{
    (void)state;
    weft_result result = explore_timers("elastic");
    assert_int_equal(result.finding_count, 1);
    assert_int_equal(result.findings[0].kind, WEFT_FOUND_LEAK);
    weft_result_clear(&result);
}

static void test_idle_timers_fire_when_nothing_else_can_run(void **state)
{
    (void)state;
    weft_result result = explore_timers("idle");
    assert_int_equal(result.finding_count, 0);
    weft_result_clear(&result);
}

/* ---- Scale and limits ---- */

static void receive_one(void *from)
{
    (void)weft_chan_recv(from, NULL);
}

static void start_ten_thousand(void *arg)
{
    (void)arg;
    weft_chan *const gate = weft_chan_make(0, 0);
    for (int i = 0; i < 10000; i++) {
        WEFT_ASSERT(weft_go(receive_one, gate) == 0);
    }
    weft_chan_close(gate);
}

static void start_ten_thousand_and_panic(void *arg)
{
    start_ten_thousand(arg);
    weft_panic("after all");
}

static void test_ten_thousand_goroutines_in_one_run(void **state)
{
    (void)state;
    explore_clean(start_ten_thousand, 3);
    weft_result result;
    const weft_options options = {.name = "test", .schedules = 1};
    (void)weft_explore(&options, start_ten_thousand_and_panic, NULL, &result);
    assert_int_equal(result.finding_count, 1);
    assert_int_equal(result.findings[0].kind, WEFT_FOUND_PANIC);
    weft_result_clear(&result);
}

static void start_three(void *arg)
{
    (void)arg;
    WEFT_ASSERT(weft_go(receive_one, NULL) == 0);
    WEFT_ASSERT(weft_go(receive_one, NULL) == -11);
}

static void test_goroutine_limit_gives_eagain(void **state)
{
    (void)state;
    weft_result result;
    const weft_options options = {.name = "test", .schedules = 1, .goroutine_limit = 2};
    (void)weft_explore(&options, start_three, NULL, &result);
    assert_int_equal(result.finding_count, 1);
    assert_int_equal(result.findings[0].kind, WEFT_FOUND_LEAK); /* of the one that was started */
    weft_result_clear(&result);
}

static void test_time_limit_ends_the_exploration(void **state)
{
    (void)state;
    weft_result result;
    const weft_options options = {.name = "test", .time_ns = 50 * WEFT_MILLISECOND};
    assert_int_equal(weft_explore(&options, pass_around, NULL, &result), 0);
    assert_true(result.runs >= 1);
    assert_true(result.time_ns < 30 * WEFT_SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_seed_gives_the_same_trace_hash),
        cmocka_unit_test(test_explorations_before_it_do_not_matter),
        cmocka_unit_test(test_another_seed_gives_another_trace_hash),
        cmocka_unit_test(test_every_strategy_explores_many_schedules),
        cmocka_unit_test(test_choose_gives_every_value),
        cmocka_unit_test(test_select_takes_every_ready_case),
        cmocka_unit_test(test_sleeping_costs_no_real_time),
        cmocka_unit_test(test_elastic_timers_may_fire_early),
        cmocka_unit_test(test_idle_timers_fire_when_nothing_else_can_run),
        cmocka_unit_test(test_ten_thousand_goroutines_in_one_run),
        cmocka_unit_test(test_goroutine_limit_gives_eagain),
        cmocka_unit_test(test_time_limit_ends_the_exploration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
