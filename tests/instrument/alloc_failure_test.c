/* alloc_failure_test.c: allocations that fail when asked to are free choices: explored, shrunk and
 * replayed. */
#include "../support/explore.h"

#include <stdio.h>

static void *volatile hidden;

static void *make(size_t size)
{
    hidden = malloc(size);
    return hidden;
}

static weft_result explore_failing(weft_fn *fn, void *arg, uint32_t failures, uint64_t schedules)
{
    weft_result result;
    const weft_options options = {
        .name = "test", .schedules = schedules, .alloc_failures = failures};
    assert_true(weft_explore(&options, fn, arg, &result) >= 0);
    return result;
}

/* Only the third of its allocations is not checked. */
static void use_unchecked(void *arg)
{
    for (int i = 0; i < 6; i++) {
        volatile int *const block = make(sizeof *block);
        if (i == 3 || block != NULL) {
            block[0] = 1;
        }
        free((void *)(uintptr_t)block);
    }
    (void)arg;
}

static void test_an_unchecked_allocation_is_found_with_one_choice(void **state)
{
    (void)state;
    weft_result r = explore_failing(use_unchecked, NULL, 3, 10000);
    assert_int_equal(r.finding_count, 1);
    const weft_finding *const f = &r.findings[0];
    assert_int_equal(f->kind, WEFT_FOUND_CRASH);
    assert_int_equal(f->switches_shrunk, 1);
    weft_result again;
    const weft_options options = {.name = "test", .replay = f->token}; /* it holds the rest */
    assert_int_equal(weft_explore(&options, use_unchecked, NULL, &again), 1);
    assert_string_equal(again.findings[0].message, f->message);
    assert_string_equal(again.findings[0].hash, f->hash);
    weft_result_clear(&again);
    weft_result_clear(&r);
}

static void test_none_fails_unless_asked_to(void **state)
{
    (void)state;
    explore_clean(use_unchecked, 1000);
}

static int failed;

/* All ways of allocating, checked; no more than two of them fail. */
static void check_all(void *arg)
{
    char *text = NULL;
    failed = 0;
    void *blocks[] = {malloc(1),   calloc(1, 1),    realloc(NULL, 1), aligned_alloc(64, 64),
                      strdup("a"), strndup("ab", 1)};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        failed += blocks[i] == NULL ? 1 : 0;
        free(blocks[i]);
    }
    const int length = asprintf(&text, "%d", 12);
    WEFT_ASSERT(length == -1 || length == 2);
    failed += length == -1 ? 1 : 0;
    if (length != -1) {
        free(text);
    }
    WEFT_ASSERT(failed <= 2);
    WEFT_SOMETIMES(failed == 0, "none fails");
    WEFT_SOMETIMES(failed == 2, "two fail");
    WEFT_SOMETIMES(length == -1, "asprintf fails");
    (void)arg;
}

static void test_all_ways_of_allocating_may_fail_and_no_more_than_asked_for(void **state)
{
    (void)state;
    weft_result r = explore_failing(check_all, NULL, 2, 2000);
    if (r.finding_count != 0) {
        print_error("%s\n", r.findings[0].message);
    }
    assert_int_equal(r.finding_count, 0);
    weft_result_clear(&r);
}

static void grow(void *arg)
{
    char *block = malloc(4);
    (void)arg;
    if (block == NULL) {
        return;
    }
    memset(block, 'x', 4);
    char *const grown = realloc(block, 8);
    WEFT_ASSERT((grown == NULL ? block : grown)[3] == 'x');
    free(grown == NULL ? block : grown);
}

static void test_a_realloc_that_fails_leaves_the_block(void **state)
{
    (void)state;
    weft_result r = explore_failing(grow, NULL, 1, 1000);
    assert_int_equal(r.finding_count, 0);
    weft_result_clear(&r);
}

/* Two goroutines, one failure: every assignment of it is explored, or none. */
static weft_waitgroup ended;

static void allocate(void *arg)
{
    bool *const got = arg;
    void *const block = malloc(1);
    *got = block != NULL;
    free(block);
    weft_waitgroup_done(&ended);
}

static void allocate_in_two(void *arg)
{
    static bool got[2];
    (void)arg;
    weft_waitgroup_add(&ended, 2);
    weft_go(allocate, &got[0]);
    weft_go(allocate, &got[1]);
    weft_waitgroup_wait(&ended);
    WEFT_SOMETIMES(!got[0], "the first fails");
    WEFT_SOMETIMES(!got[1], "the second fails");
}

static void test_either_of_two_goroutines_may_be_the_one_that_gets_none(void **state)
{
    (void)state;
    weft_result r = explore_failing(allocate_in_two, NULL, 1, 1000);
    assert_int_equal(r.finding_count, 0);
    weft_result_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_unchecked_allocation_is_found_with_one_choice),
        cmocka_unit_test(test_none_fails_unless_asked_to),
        cmocka_unit_test(test_all_ways_of_allocating_may_fail_and_no_more_than_asked_for),
        cmocka_unit_test(test_a_realloc_that_fails_leaves_the_block),
        cmocka_unit_test(test_either_of_two_goroutines_may_be_the_one_that_gets_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
