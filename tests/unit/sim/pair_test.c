/* pair_test.c: wishes about the order of two operations come true, and find what needs them. */
#include "runs.h"

#include "strategy/pair.h"

enum { RUNS = 100, LIMIT = 5000, SEEDS = 10 };

static int variable;
static int writer; /* who wrote first */

static void write_as(void *number)
{
    WEFT_WRITE(variable, *(const int *)number);
    writer = writer != 0 ? writer : variable;
}

static void two_writers(void *arg)
{
    (void)arg;
    static const int numbers[] = {1, 2};
    weft_go(write_as, (void *)(uintptr_t)&numbers[0]);
    weft_go(write_as, (void *)(uintptr_t)&numbers[1]);
}

static bool count_first(void *into, uint64_t run)
{
    (void)run;
    ((unsigned *)into)[writer]++;
    return true;
}

static void execute(weft__strategy *strategy, unsigned *counts)
{
    memset(counts, 0, 3 * sizeof *counts);
    runs_execute(&(runs){.fn = two_writers,
                         .strategy = strategy,
                         .seed = 1,
                         .count = RUNS,
                         .each = count_first,
                         .into = counts});
}

/* The classes of the two writes, as the profile has them after some runs. */
static weft__constraint learn(unsigned *counts)
{
    weft__profile_reset();
    execute(&weft__strategy_pair, counts);
    assert_true(counts[1] > 10);
    assert_true(counts[2] > 10);
    const weft__profile *const profile = weft__profile_now();
    assert_int_equal(profile->pair_count, 1);
    return (weft__constraint){
        .before = {.class = profile->classes[profile->pairs[0][0]], .number = 1},
        .after = {.class = profile->classes[profile->pairs[0][1]], .number = 1},
    };
}

static void test_directed_runs_have_the_order_asked_for(void **state)
{
    (void)state;
    unsigned *const counts = calloc(3, sizeof *counts);
    weft__constraint constraint = learn(counts);
    weft__pair_direct(&constraint, 1);
    execute(&weft__strategy_pair, counts);
    const unsigned first = counts[1] != 0 ? 1 : 2;
    assert_int_equal(counts[first], RUNS);

    const weft__moment before = constraint.before;
    constraint.before = constraint.after;
    constraint.after = before;
    weft__pair_direct(&constraint, 1);
    execute(&weft__strategy_pair, counts);
    assert_int_equal(counts[3 - first], RUNS);

    weft__pair_direct(NULL, 0);
    execute(&weft__strategy_pair, counts);
    assert_true(counts[first] < RUNS);
    free(counts);
}

static void test_wishes_that_cannot_come_true_are_given_up(void **state)
{
    (void)state;
    unsigned *const counts = calloc(3, sizeof *counts);
    weft__constraint constraint = learn(counts);
    constraint.before.number = 2; /* there is no second write */
    weft__pair_direct(&constraint, 1);
    execute(&weft__strategy_pair, counts);
    weft__pair_direct(NULL, 0);
    assert_int_equal(counts[1] + counts[2], RUNS);
    free(counts);
}

static int a;
static int b;
static bool hit;

static void set_both(void *arg)
{
    (void)arg;
    WEFT_WRITE(a, 1);
    WEFT_WRITE(b, 1);
}

static void check_both(void *arg)
{
    (void)arg;
    hit = WEFT_READ(a) == 1 && WEFT_READ(b) == 0;
}

/* Hit if the checker comes between the first write to a and the first to b. */
static void three_setters(void *arg)
{
    (void)arg;
    for (int i = 0; i < 3; i++) {
        weft_go(set_both, NULL);
    }
    weft_go(check_both, NULL);
}

static bool until_hit(void *into, uint64_t run)
{
    (void)run;
    ++*(unsigned *)into;
    return !hit;
}

static unsigned runs_to_hit(const char *strategy)
{
    unsigned *const count = calloc(1, sizeof *count);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        weft__profile_reset();
        runs_execute(&(runs){.fn = three_setters,
                             .strategy = weft__strategy_find(strategy),
                             .seed = seed,
                             .count = LIMIT,
                             .each = until_hit,
                             .into = count});
    }
    const unsigned result = *count;
    free(count);
    return result;
}

static void test_distant_order_is_found_sooner_than_by_chance(void **state)
{
    (void)state;
    const unsigned by_chance = runs_to_hit("random");
    assert_true(runs_to_hit("pair") * 2 < by_chance);
    assert_true(runs_to_hit("surw") * 2 < by_chance);
    assert_true(runs_to_hit("portfolio") * 2 < by_chance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_directed_runs_have_the_order_asked_for),
        cmocka_unit_test(test_wishes_that_cannot_come_true_are_given_up),
        cmocka_unit_test(test_distant_order_is_found_sooner_than_by_chance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
