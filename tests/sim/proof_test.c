/* proof_test.c: a pass says when everything was explored, and only then. */
#include "../support/explore.h"

static weft_result explore(const char *strategy, weft_fn *fn, uint64_t schedules, uint32_t jobs)
{
    weft_result result;
    const weft_options options = {
        .name = "test", .strategy = strategy, .schedules = schedules, .jobs = jobs};
    assert_true(weft_explore(&options, fn, NULL, &result) >= 0);
    return result;
}

/* ---- Programs whose behaviours can be counted by hand ---- */

static weft_mutex mutex;
static weft_chan *ch;
static int plain;

static void lock_once(void *arg)
{
    (void)arg;
    weft_mutex_lock(&mutex);
    weft_mutex_unlock(&mutex);
}

static void three_orders(void *arg)
{
    (void)arg;
    for (int i = 0; i < 3; i++) {
        weft_go(lock_once, NULL);
    }
}

static void choose_two(void *arg)
{
    (void)arg;
    (void)weft_choose(3);
    (void)weft_choose(5);
}

static void send_one(void *arg)
{
    (void)arg;
    weft_chan_send(ch, NULL);
}

static void poll_two(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 2);
    weft_go(send_one, NULL);
    weft_go(send_one, NULL);
    weft_case cases[] = {WEFT_RECV(ch, NULL), WEFT_DEFAULT};
    (void)weft_select(cases, 2);
}

static void sleep_and_lock(void *arg)
{
    (void)arg;
    weft_go(lock_once, NULL);
    weft_sleep(WEFT_SECOND);
    lock_once(NULL);
}

/* Timers and free choices together: the value is sent before or after the select, before, after or
 * without the timer, and either is taken when both are there. */
static void send_or_time_out(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 1);
    weft_go(send_one, NULL);
    weft_case cases[] = {WEFT_RECV(ch, NULL), WEFT_RECV(weft_after(WEFT_SECOND), NULL)};
    (void)weft_select(cases, 2);
}

static void test_proof_with_timer_and_choice(void **state)
{
    (void)state;
    const weft_result result = explore("dpor", send_or_time_out, 1000, 1);
    assert_int_equal(result.finding_count, 0);
    assert_int_equal(result.runs, 6);
    assert_true(result.complete);
}

/* What it draws is the same each time, or a plan could not be followed. */
static void draw_and_lock(void *arg)
{
    (void)arg;
    for (uint64_t i = 0; i <= weft_random() % 3; i++) {
        lock_once(NULL);
    }
}

static void draw_twice(void *arg)
{
    (void)arg;
    weft_go(draw_and_lock, NULL);
    weft_go(draw_and_lock, NULL);
}

static void draw_and_fail(void *arg)
{
    (void)arg;
    weft_go(lock_once, NULL);
    const uint64_t drawn = weft_random();
    weft_mutex_lock(&mutex);
    WEFT_ASSERT(drawn == 0);
}

static void expect_complete(weft_fn *fn, uint64_t behaviours)
{
    static const char *const strategies[] = {"portfolio", "dpor"};
    for (size_t i = 0; i < 2; i++) {
        for (uint32_t jobs = 1; jobs <= 2; jobs++) {
            const weft_result result = explore(strategies[i], fn, 4000, jobs);
            assert_int_equal(result.finding_count, 0);
            assert_true(result.complete);
            assert_int_equal(result.behaviours, behaviours);
            assert_true(result.runs <= 4000);
        }
    }
}

static void test_small_programs_are_explored_completely(void **state)
{
    (void)state;
    expect_complete(three_orders, 6);
    expect_complete(choose_two, 15);
    expect_complete(poll_two, 6); /* orders of the senders; before, between and behind them */
    expect_complete(sleep_and_lock, 2);
}

/* ---- No proof ---- */

static void forty_orders(void *arg)
{
    (void)arg;
    for (int i = 0; i < 40; i++) {
        weft_go(lock_once, NULL);
    }
}

static void test_large_program_is_not(void **state)
{
    (void)state;
    const weft_result result = explore("portfolio", forty_orders, 1000, 1);
    assert_int_equal(result.finding_count, 0);
    assert_false(result.complete);
    assert_int_equal(result.runs, 1000);
    const weft_result cut = explore("dpor", forty_orders, 1000, 1);
    assert_false(cut.complete);
    assert_int_equal(cut.runs, 1000);
}

static void share_in_silence(void *arg)
{
    plain++;
    weft_yield();
    if (plain == 2 && arg != NULL) {
        lock_once(NULL);
    }
    plain++;
}

static void two_share_in_silence(void *arg)
{
    (void)arg;
    weft_go(share_in_silence, NULL);
    weft_go(share_in_silence, "second");
}

/* What one does depends on memory that the other writes without announcing it: exhaustive
 * exploration cannot know, and sampling shows that it does not. */
static void test_unannounced_sharing_is_no_proof(void **state)
{
    (void)state;
    const weft_result result = explore("portfolio", two_share_in_silence, 4000, 1);
    assert_int_equal(result.finding_count, 0);
    assert_true(result.distinct >= 2);
    assert_false(result.complete);
}

static void poll_for_ever(void *arg)
{
    (void)arg;
    while (weft_chan_len(ch) == 0) {
        weft_yield();
    }
}

static void spin(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 1);
    weft_go(poll_for_ever, NULL);
    weft_chan_send(ch, NULL);
}

static void test_endless_polling_ends_without_proof(void **state)
{
    (void)state;
    const weft_result result = explore("dpor", spin, 300, 1);
    assert_int_equal(result.finding_count, 0);
    assert_false(result.complete);
}

/* ---- Failures ---- */

static void hold_and_wait(void *arg)
{
    static weft_mutex other;
    weft_mutex *const first = arg == NULL ? &mutex : &other;
    weft_mutex *const second = arg == NULL ? &other : &mutex;
    weft_mutex_lock(first);
    weft_mutex_lock(second);
    weft_mutex_unlock(second);
    weft_mutex_unlock(first);
}

static void opposite_orders(void *arg)
{
    (void)arg;
    weft_go(hold_and_wait, NULL);
    weft_go(hold_and_wait, "the other");
}

static void test_drawing_at_random_can_be_explored(void **state)
{
    (void)state;
    const weft_result result = explore("dpor", draw_twice, 1000, 1);
    assert_int_equal(result.finding_count, 0);
    assert_true(result.runs < 1000);
    assert_false(result.complete); /* of what it drew, yes; of what it could have drawn, no */
    weft_result failed = explore("dpor", draw_and_fail, 1000, 1);
    assert_int_equal(failed.finding_count, 1);
    assert_int_equal(failed.findings[0].kind, WEFT_FOUND_ASSERTION);
    weft_result_clear(&failed);
}

static void test_exhaustive_strategy_finds_and_replays(void **state)
{
    (void)state;
    weft_result result = explore("dpor", opposite_orders, 100, 1);
    assert_int_equal(result.finding_count, 1);
    assert_int_equal(result.findings[0].kind, WEFT_FOUND_LEAK);
    assert_int_equal(result.findings[0].switches_shrunk, 1);
    assert_true(result.findings[0].run < 3);
    assert_false(result.complete);
    weft_result_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_programs_are_explored_completely),
        cmocka_unit_test(test_proof_with_timer_and_choice),
        cmocka_unit_test(test_large_program_is_not),
        cmocka_unit_test(test_unannounced_sharing_is_no_proof),
        cmocka_unit_test(test_endless_polling_ends_without_proof),
        cmocka_unit_test(test_drawing_at_random_can_be_explored),
        cmocka_unit_test(test_exhaustive_strategy_finds_and_replays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
