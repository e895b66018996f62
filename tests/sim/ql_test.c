/* ql_test.c: the strategy "ql" learns from weft_state; its runs depend on their numbers only. */
#include "../support/explore.h"

enum { GOROUTINES = 3, LENGTH = 6, LOST = 1000, SEEDS = 30, SCHEDULES = 5000 };

static weft_result explore(const char *strategy, weft_fn *fn, uint64_t seed, uint32_t jobs)
{
    weft_result result;
    const weft_options options = {
        .name = "test", .strategy = strategy, .schedules = SCHEDULES, .seed = seed, .jobs = jobs};
    assert_true(weft_explore(&options, fn, NULL, &result) >= 0);
    return result;
}

/* ---- A lock that opens when the goroutines move in one order ---- */

static const unsigned combination[LENGTH] = {2, 0, 1, 1, 2, 0};
static unsigned position;
static bool tells;
static unsigned opens_at;

static void turn_wheel(void *arg)
{
    for (int i = 0; i < LENGTH; i++) {
        weft_point_update(&position, sizeof position);
        const bool right = position < LENGTH && combination[position] == (uintptr_t)arg;
        position = right ? position + 1 : LOST;
        if (tells) {
            weft_state(position + 1);
        }
        if (position == opens_at) {
            weft_panic("open");
        }
    }
}

static void turn_wheels(void)
{
    for (uintptr_t i = 0; i < GOROUTINES; i++) {
        weft_go(turn_wheel, (void *)i);
    }
}

static void lock_that_tells(void *arg)
{
    (void)arg;
    tells = true;
    opens_at = LENGTH;
    turn_wheels();
}

static void lock_that_does_not(void *arg)
{
    (void)arg;
    opens_at = LENGTH;
    turn_wheels();
}

static void lock_that_stays_shut(void *arg)
{
    (void)arg;
    tells = true;
    turn_wheels();
}

/* Schedules until the lock is open, for all seeds. */
static uint64_t count_schedules(const char *strategy, weft_fn *fn)
{
    uint64_t sum = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        weft_result result = explore(strategy, fn, seed, 1);
        sum += result.runs;
        weft_result_clear(&result);
    }
    return sum;
}

static void test_comes_to_a_rare_state_faster_than_at_random(void **state)
{
    (void)state;
    const uint64_t learned = count_schedules("ql", lock_that_tells);
    const uint64_t blind = count_schedules("ql", lock_that_does_not);
    const uint64_t random = count_schedules("random", lock_that_tells);
    print_message("schedules: %llu, without states %llu, at random %llu\n",
                  (unsigned long long)learned / SEEDS, (unsigned long long)blind / SEEDS,
                  (unsigned long long)random / SEEDS);
    assert_true(learned * 4 < random);
    assert_true(learned * 4 < blind);
}

static void test_runs_depend_on_their_number_only(void **state)
{
    (void)state;
    const weft_result alone = explore("ql", lock_that_stays_shut, 7, 1);
    const weft_result again = explore("ql", lock_that_stays_shut, 7, 1);
    const weft_result together = explore("ql", lock_that_stays_shut, 7, 2);
    assert_int_equal(alone.finding_count, 0);
    assert_int_equal(alone.runs, SCHEDULES);
    assert_memory_equal(alone.trace_hash, again.trace_hash, sizeof alone.trace_hash);
    assert_int_equal(together.runs, SCHEDULES);
    assert_memory_equal(alone.trace_hash, together.trace_hash, sizeof alone.trace_hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_to_a_rare_state_faster_than_at_random),
        cmocka_unit_test(test_runs_depend_on_their_number_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
