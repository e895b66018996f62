/* shard_test.c: shards together do what one whole exploration does. */
#include "../support/explore.h"

static weft_result explore_shard(const char *shard, weft_fn *fn, uint32_t jobs)
{
    weft_result result;
    const weft_options options = {
        .name = "test", .strategy = "random", .schedules = 5000, .jobs = jobs};
    assert_int_equal(shard == NULL ? unsetenv("WEFT_SHARD") : setenv("WEFT_SHARD", shard, 1), 0);
    assert_true(weft_explore(&options, fn, NULL, &result) >= 0);
    assert_int_equal(unsetenv("WEFT_SHARD"), 0);
    return result;
}

static void choose_and_send(void *arg)
{
    (void)arg;
    weft_chan *const ch = weft_chan_make(sizeof(int), 2);
    const int value = (int)weft_choose(50);
    weft_chan_send(ch, &value);
}

static void test_shards_are_a_partition_of_the_runs(void **state)
{
    (void)state;
    static const char *const shards[] = {"0/3", "1/3", "2/3"};
    const weft_result whole = explore_shard(NULL, choose_and_send, 1);
    weft_result sum = {0};
    for (size_t i = 0; i < 3; i++) {
        const weft_result part = explore_shard(shards[i], choose_and_send, 1);
        assert_true(part.runs == 5000 / 3 || part.runs == 5000 / 3 + 1);
        sum.runs += part.runs;
        sum.steps += part.steps;
        sum.trace_hash[0] += part.trace_hash[0]; /* a hash of each run is in the sum */
        sum.trace_hash[1] += part.trace_hash[1];
    }
    assert_int_equal(sum.runs, whole.runs);
    assert_int_equal(sum.steps, whole.steps);
    assert_int_equal(sum.trace_hash[0], whole.trace_hash[0]);
    assert_int_equal(sum.trace_hash[1], whole.trace_hash[1]);
}

static void test_workers_divide_a_shard(void **state)
{
    (void)state;
    const weft_result one = explore_shard("1/2", choose_and_send, 1);
    for (uint32_t jobs = 2; jobs <= 3; jobs++) {
        const weft_result many = explore_shard("1/2", choose_and_send, jobs);
        assert_int_equal(many.runs, one.runs);
        assert_int_equal(many.distinct, one.distinct);
        assert_int_equal(many.trace_hash[0], one.trace_hash[0]);
    }
}

static void fail_rarely(void *arg)
{
    choose_and_send(arg);
    WEFT_ASSERT(weft_choose(500) != 17);
}

static void test_one_of_the_shards_finds_what_the_whole_finds(void **state)
{
    (void)state;
    weft_result whole = explore_shard(NULL, fail_rarely, 1);
    weft_result parts[] = {explore_shard("0/2", fail_rarely, 1),
                           explore_shard("1/2", fail_rarely, 2)};
    assert_int_equal(whole.finding_count, 1);
    assert_true(whole.findings[0].run > 32);
    const weft_result *const finder = &parts[whole.findings[0].run % 2];
    assert_int_equal(finder->finding_count, 1);
    assert_int_equal(finder->findings[0].run, whole.findings[0].run);
    assert_string_equal(finder->findings[0].hash, whole.findings[0].hash);
    weft_result_clear(&whole);
    weft_result_clear(&parts[0]);
    weft_result_clear(&parts[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shards_are_a_partition_of_the_runs),
        cmocka_unit_test(test_workers_divide_a_shard),
        cmocka_unit_test(test_one_of_the_shards_finds_what_the_whole_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
