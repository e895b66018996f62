/* shrink_test.c: what the shrinker leaves is 1-minimal: without any one decision the run does not
 * fail in the same way; and it still fails with all of them. */
#include "../../support/explore.h"

#include "memory.h"
#include "schedule/shrink.h"

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

static weft__plan plan_for(weft_fn *fn)
{
    return (weft__plan){.main_fn = fn,
                        .strategy = &weft__strategy_random,
                        .seed = 5,
                        .max_steps = 10000,
                        .tail_steps = 1000};
}

/* Run until it fails; the decisions of the failing run. */
static weft__outcome find_failure(weft__plan *plan, weft__decisions *decisions)
{
    for (plan->run = 0; plan->run < 100000; plan->run++) {
        decisions->count = 0;
        plan->record = decisions;
        (void)weft__run_execute(plan);
        if (weft__the_run.outcome.kind != WEFT_FOUND_NOTHING) {
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

__attribute__((noinline)) static size_t shrink_and_compare(weft_fn *fn)
{
    weft__plan plan = plan_for(fn);
    weft__decisions decisions = {0};
    const weft__outcome expected = find_failure(&plan, &decisions);
    assert_int_equal(expected.kind, WEFT_FOUND_ASSERTION);
    assert_true(fails_with(&decisions, &plan, &expected));
    (void)weft__shrink(&decisions, &plan, expected.kind, expected.signature, WEFT_SECOND);
    assert_true(fails_with(&decisions, &plan, &expected));
    for (size_t without = 0; without < decisions.count; without++) {
        weft__decisions fewer = {0};
        for (size_t i = 0; i < decisions.count; i++) {
            if (i != without) {
                weft__decisions_add(&fewer, decisions.list[i]);
            }
        }
        assert_false(fails_with(&fewer, &plan, &expected));
        free(fewer.list);
    }
    const size_t left = decisions.count;
    free(decisions.list);
    return left;
}

/* What lies above this frame is put back before each run, so the work is another function's. */
__attribute__((noinline)) static size_t shrink_and_check(weft_fn *fn)
{
    weft__the_run.goroutine_limit = 100;
    weft__memory_remember(false, __builtin_frame_address(0));
    const size_t left = shrink_and_compare(fn);
    weft__memory_forget();
    return left;
}

static void test_switches_are_one_minimal(void **state)
{
    (void)state;
    const size_t left = shrink_and_check(alternate);
    assert_true(left >= 2);
    assert_true(left <= 6);
}

static void test_choices_are_one_minimal(void **state)
{
    (void)state;
    const size_t left = shrink_and_check(choose_and_fail);
    assert_true(left >= 3); /* 7 + 7 + 6 at least */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_switches_are_one_minimal),
        cmocka_unit_test(test_choices_are_one_minimal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
