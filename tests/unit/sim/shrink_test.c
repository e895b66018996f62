/* shrink_test.c: what the shrinker leaves is 1-minimal: without any one decision the run does not
 * fail in the same way; and it still fails with all of them. Where other decisions than those of
 * the run that was found would do, and fewer of them, it comes to these from every seed. */
#include "../../support/explore.h"

#include "memory.h"
#include "schedule/shrink.h"
#include "schedule/shrinker.h"

static int stage;

/* Needs three switches: each of two goroutines must be stopped half-way in turn. */
static void climb(void *arg)
{
    const int mine = arg == NULL ? 0 : 1;
    for (int i = 0; i < 2; i++) {
        const int seen = WEFT_READ(stage);
        if (seen == 2 * i + mine) {
            WEFT_WRITE(stage, seen + 1);
        }
    }
}

static void alternate(void *arg)
{
    (void)arg;
    weft_waitgroup ended = {0};
    weft_waitgroup_go(&ended, climb, NULL);
    weft_waitgroup_go(&ended, climb, "the other");
    weft_waitgroup_wait(&ended);
    WEFT_ASSERT(stage != 4);
}

static void choose_and_fail(void *arg)
{
    (void)arg;
    uint32_t sum = 0;
    for (int i = 0; i < 6; i++) {
        sum += weft_choose(8);
    }
    WEFT_ASSERT(sum < 20);
}

/* Fails by one choice, or by two others. */
static void choose_one_or_two(void *arg)
{
    (void)arg;
    const uint32_t first = weft_choose(6);
    const uint32_t second = weft_choose(2);
    const uint32_t third = weft_choose(2);
    WEFT_ASSERT(first != 5 && (second == 0 || third == 0));
}

/* Fails by two choices, or by three: of them, one is the same. */
static void choose_two_or_three(void *arg)
{
    (void)arg;
    WEFT_ASSERT(weft_choose(2) == 0 ||
                (weft_choose(6) != 5 && (weft_choose(2) == 0 || weft_choose(2) == 0)));
}

/* Fails late in a loop that the default policy leaves at once. */
static void go_round_and_fail(void *arg)
{
    (void)arg;
    while (weft_choose(32) != 0) {
        weft_yield();
    }
    WEFT_ASSERT(weft_choose(2) == 0);
}

static int own[4];

static void write_own(void *arg)
{
    for (int i = 0; i < 20; i++) {
        WEFT_WRITE(*(int *)arg, i);
    }
}

/* Most of what happens has nothing to do with the failure. */
static void alternate_in_a_crowd(void *arg)
{
    weft_waitgroup ended = {0};
    for (int i = 0; i < 4; i++) {
        weft_waitgroup_go(&ended, write_own, &own[i]);
    }
    alternate(arg);
    weft_waitgroup_wait(&ended);
}

static weft__plan plan_for(weft_fn *fn, uint64_t seed)
{
    return (weft__plan){.main_fn = fn,
                        .strategy = &weft__strategy_random,
                        .seed = seed,
                        .max_steps = 10000,
                        .tail_steps = 1000};
}

/* Run until it fails, by so many decisions at least: these. */
static weft__outcome find_failure(weft__plan *plan, size_t count, weft__decisions *decisions)
{
    for (plan->run = 0; plan->run < 100000; plan->run++) {
        decisions->count = 0;
        plan->record = decisions;
        (void)weft__run_execute(plan);
        if (weft__the_run.outcome.kind != WEFT_FOUND_NOTHING && decisions->count >= count) {
            break;
        }
    }
    plan->record = NULL;
    return weft__the_run.outcome;
}

static bool fails_with(const weft__decisions *decisions, const weft__plan *plan,
                       const weft__outcome *expected)
{
    weft__replayer replayer;
    weft__replayer_init(&replayer, decisions);
    weft__replay(&replayer, plan);
    weft__replayer_clear(&replayer);
    return weft__the_run.outcome.kind == expected->kind &&
           weft__the_run.outcome.signature == expected->signature;
}

static void check_minimal(const weft__decisions *decisions, const weft__plan *plan,
                          const weft__outcome *expected)
{
    assert_true(fails_with(decisions, plan, expected));
    for (size_t without = 0; without < decisions->count; without++) {
        weft__decisions fewer = {0};
        for (size_t i = 0; i < decisions->count; i++) {
            if (i != without) {
                weft__decisions_add(&fewer, decisions->list[i]);
            }
        }
        assert_false(fails_with(&fewer, plan, expected));
        free(fewer.list);
    }
}

/* What is left of a failing run's decisions by one part of shrinking, or by all (NULL). */
typedef void part(weft__shrinker *s);

static size_t shrink_by(part *shrink, weft__decisions *decisions, const weft__plan *plan,
                        const weft__outcome *expected)
{
    if (shrink == NULL) {
        const weft__shrunk shrunk = weft__shrink(decisions, plan, expected, WEFT_SECOND);
        assert_true(shrunk.minimal);
        check_minimal(decisions, plan, expected);
        return decisions->count;
    }
    weft__shrinker s = {.plan = plan,
                        .wanted = expected,
                        .weight = {.decisions = UINT64_MAX},
                        .budget_ns = INT64_MAX,
                        .portions = 1};
    weft__decisions_copy(&s.trial, decisions);
    assert_true(weft__shrinker_try(&s));
    shrink(&s);
    assert_true(fails_with(&s.best, plan, expected));
    const size_t left = s.best.count;
    free(s.best.list);
    free(s.trial.list);
    return left;
}

typedef struct task {
    weft_fn *fn;
    uint64_t seed;
    size_t count; /* decisions of the failing run, at least */
    part *part;
} task;

__attribute__((noinline)) static size_t find_and_shrink(const task *t)
{
    weft__plan plan = plan_for(t->fn, t->seed);
    weft__decisions decisions = {0};
    const weft__outcome expected = find_failure(&plan, t->count, &decisions);
    assert_int_equal(expected.kind, WEFT_FOUND_ASSERTION);
    assert_true(decisions.count >= t->count);
    assert_true(fails_with(&decisions, &plan, &expected));
    const size_t left = shrink_by(t->part, &decisions, &plan, &expected);
    free(decisions.list);
    return left;
}

/* What lies above this frame is put back before each run, so the work is another function's. */
__attribute__((noinline)) static size_t left_of(task t)
{
    weft__the_run.goroutine_limit = 100;
    weft__memory_remember(false, __builtin_frame_address(0));
    const size_t left = find_and_shrink(&t);
    weft__memory_forget();
    return left;
}

static void test_switches_are_one_minimal(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        assert_int_equal(left_of((task){.fn = alternate, .seed = seed}), 5);
    }
}

static void test_choices_are_one_minimal(void **state)
{
    (void)state;
    assert_int_equal(left_of((task){.fn = choose_and_fail, .seed = 5}), 3); /* 7 + 7 + 6 */
}

static void test_one_decision_is_found_that_does_for_two(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        assert_int_equal(left_of((task){.fn = choose_one_or_two, .seed = seed}), 1);
        assert_int_equal(left_of((task){.fn = choose_two_or_three, .seed = seed}), 2);
    }
}

static void test_rounds_of_a_loop_are_spliced(void **state)
{
    (void)state;
    const task whole = {.fn = go_round_and_fail, .seed = 1, .count = 60};
    task alone = whole;
    alone.part = weft__shrinker_splice;
    assert_true(left_of(alone) <= 12);
    assert_int_equal(left_of(whole), 1);
}

static void test_another_order_needs_fewer_decisions(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        const task t = {.fn = alternate_in_a_crowd,
                        .seed = seed,
                        .count = 50,
                        .part = weft__shrinker_normalise};
        assert_true(left_of(t) <= 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_switches_are_one_minimal),
        cmocka_unit_test(test_choices_are_one_minimal),
        cmocka_unit_test(test_one_decision_is_found_that_does_for_two),
        cmocka_unit_test(test_rounds_of_a_loop_are_spliced),
        cmocka_unit_test(test_another_order_needs_fewer_decisions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
