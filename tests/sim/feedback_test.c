/* feedback_test.c: what is reached step by step is found, where plain sampling would need a million
 * runs; and each run is the same whoever executes it. */
#include "../support/explore.h"

enum { DIGITS = 20, SCHEDULES = 20000, SEEDS = 8, WORKERS = 3 };

static weft_chan *zeros;
static weft_chan *ones;
static bool reached[DIGITS];
static bool fixed;

/* A select must take the right one of two messages, again and again; each time that it does is to
 * be seen. Wrong ones are no end: else there would be few behaviours, and a proof. */
static void open_lock(void *arg)
{
    (void)arg;
    zeros = weft_chan_make(0, DIGITS);
    ones = weft_chan_make(0, DIGITS);
    for (int i = 0; i < DIGITS; i++) {
        weft_chan_send(zeros, NULL);
        weft_chan_send(ones, NULL);
    }
    bool right = true;
    for (int i = 0; i < DIGITS; i++) {
        weft_case digit[] = {WEFT_RECV(zeros, NULL), WEFT_RECV(ones, NULL)};
        right = weft_select(digit, 2) == (i % 3 == 0 ? 1 : 0) && right;
        if (right) {
            WEFT_WRITE(reached[i], true);
        }
    }
    WEFT_ASSERT(!right || fixed);
}

static weft_result explore_lock(weft_options options)
{
    weft_result result;
    options.name = "test";
    options.schedules = SCHEDULES;
    assert_true(weft_explore(&options, open_lock, NULL, &result) >= 0);
    return result;
}

static void test_finds_what_is_reached_step_by_step(void **state)
{
    (void)state;
    unsigned found = 0;
    fixed = false;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        weft_result result = explore_lock((weft_options){.seed = seed});
        if (result.finding_count != 0) {
            assert_int_equal(result.findings[0].kind, WEFT_FOUND_ASSERTION);
            found++;
        }
        weft_result_clear(&result);
    }
    assert_true(found >= SEEDS / 2);
}

static void test_workers_execute_the_same_mutants(void **state)
{
    (void)state;
    fixed = true;
    const weft_result one = explore_lock((weft_options){.seed = 1, .jobs = 1});
    assert_int_equal(one.finding_count, 0);
    for (uint32_t jobs = 2; jobs <= WORKERS; jobs++) {
        const weft_result many = explore_lock((weft_options){.seed = 1, .jobs = jobs});
        assert_int_equal(many.runs, one.runs);
        assert_int_equal(many.steps, one.steps);
        assert_int_equal(many.distinct, one.distinct);
        assert_int_equal(many.trace_hash[0], one.trace_hash[0]);
        assert_int_equal(many.trace_hash[1], one.trace_hash[1]);
    }
}

static void test_shards_execute_the_same_mutants(void **state)
{
    (void)state;
    static const char *const shards[] = {"0/2", "1/2"};
    fixed = true;
    const weft_result whole = explore_lock((weft_options){.seed = 2});
    uint64_t steps = 0;
    uint64_t hash = 0;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(setenv("WEFT_SHARD", shards[i], 1), 0);
        const weft_result part = explore_lock((weft_options){.seed = 2});
        assert_int_equal(unsetenv("WEFT_SHARD"), 0);
        steps += part.steps;
        hash += part.trace_hash[0]; /* a hash of each run is in the sum */
    }
    assert_int_equal(steps, whole.steps);
    assert_int_equal(hash, whole.trace_hash[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_what_is_reached_step_by_step),
        cmocka_unit_test(test_workers_execute_the_same_mutants),
        cmocka_unit_test(test_shards_execute_the_same_mutants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
