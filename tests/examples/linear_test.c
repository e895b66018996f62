/* linear_test.c: histories that are linearizable, and some that are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "linear.h"

#define GET LINEAR_GET
#define SET LINEAR_SET
#define INCR LINEAR_INCR
#define DEL LINEAR_DEL
#define NONE LINEAR_ABSENT
#define LOST LINEAR_PENDING

#define CHECK_HISTORY(expected, ...)                                                               \
    do {                                                                                           \
        const linear_op ops[] = {__VA_ARGS__};                                                     \
        assert_int_equal(linear_check(ops, sizeof ops / sizeof ops[0], NULL), expected);           \
    } while (0)

static void test_one_after_the_other(void **state)
{
    (void)state;
    CHECK_HISTORY(1, {GET, 0, NONE, 0, 1}, {SET, 0, 5, 2, 3}, {GET, 0, 5, 4, 5}, {INCR, 0, 6, 6, 7},
                  {DEL, 0, 1, 8, 9}, {DEL, 0, 0, 10, 11}, {INCR, 0, 1, 12, 13});
    CHECK_HISTORY(0, {SET, 0, 5, 0, 1}, {GET, 0, NONE, 2, 3});
    CHECK_HISTORY(0, {SET, 0, 5, 0, 1}, {SET, 0, 6, 2, 3}, {GET, 0, 5, 4, 5});
    CHECK_HISTORY(0, {INCR, 0, 1, 0, 1}, {INCR, 0, 1, 2, 3});
    CHECK_HISTORY(0, {DEL, 0, 1, 0, 1});
}

static void test_operations_that_overlap_may_come_in_any_order(void **state)
{
    (void)state;
    CHECK_HISTORY(1, {SET, 0, 5, 0, 3}, {GET, 0, NONE, 1, 2});
    CHECK_HISTORY(1, {SET, 0, 5, 0, 3}, {GET, 0, 5, 1, 2});
    CHECK_HISTORY(1, {SET, 0, 1, 0, 10}, {SET, 0, 2, 1, 9}, {GET, 0, 2, 2, 3}, {GET, 0, 1, 4, 5});
    CHECK_HISTORY(1, {INCR, 0, 2, 0, 3}, {INCR, 0, 1, 1, 2});
}

/* Herlihy and Wing: what one has read, who begins later must not miss. */
static void test_a_value_that_was_read_stays(void **state)
{
    (void)state;
    CHECK_HISTORY(0, {SET, 0, 5, 0, 9}, {GET, 0, 5, 1, 2}, {GET, 0, NONE, 3, 4});
    CHECK_HISTORY(0, {SET, 0, 1, 0, 10}, {SET, 0, 2, 1, 9}, {GET, 0, 2, 2, 3}, {GET, 0, 1, 4, 5},
                  {GET, 0, 2, 6, 7});
}

static void test_what_did_not_return_may_have_happened_or_not(void **state)
{
    (void)state;
    CHECK_HISTORY(1, {SET, 0, 5, 0, LOST}, {GET, 0, NONE, 1, 2});
    CHECK_HISTORY(1, {SET, 0, 5, 0, LOST}, {GET, 0, NONE, 1, 2}, {GET, 0, 5, 3, 4});
    CHECK_HISTORY(0, {SET, 0, 5, 0, LOST}, {GET, 0, 5, 1, 2}, {GET, 0, NONE, 3, 4});
    CHECK_HISTORY(0, {GET, 0, 5, 0, 1}, {SET, 0, 5, 2, LOST});
    CHECK_HISTORY(1, {INCR, 0, 0, 0, LOST}, {INCR, 0, 2, 1, 2});
    CHECK_HISTORY(0, {INCR, 0, 0, 0, LOST}, {INCR, 0, 3, 1, 2});
}

static void test_keys_are_independent(void **state)
{
    (void)state;
    uint32_t key = 0;
    const linear_op ops[] = {{SET, 7, 1, 0, 1},
                             {GET, 8, NONE, 2, 3},
                             {SET, 8, 2, 4, 5},
                             {GET, 7, 1, 6, 7},
                             {GET, 8, 1, 8, 9}};
    assert_int_equal(linear_check(ops, 4, &key), 1);
    assert_int_equal(linear_check(ops, 5, &key), 0);
    assert_int_equal(key, 8);
    assert_int_equal(linear_check(ops, 0, &key), 1);
}

/* Without a memory of what was tried this takes for ever: 18 that overlap, and then a value that
 * none of their orders leads to. */
static void test_many_that_overlap(void **state)
{
    enum { MANY = 18 };
    linear_op ops[MANY + 1];
    (void)state;
    for (int i = 0; i < MANY; i++) {
        ops[i] = (linear_op){INCR, 0, 0, (uint64_t)i, LOST};
    }
    ops[MANY] = (linear_op){GET, 0, MANY + 1, MANY, MANY + 1};
    assert_int_equal(linear_check(ops, MANY + 1, NULL), 0);
    ops[MANY].value = MANY;
    assert_int_equal(linear_check(ops, MANY + 1, NULL), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_after_the_other),
        cmocka_unit_test(test_operations_that_overlap_may_come_in_any_order),
        cmocka_unit_test(test_a_value_that_was_read_stays),
        cmocka_unit_test(test_what_did_not_return_may_have_happened_or_not),
        cmocka_unit_test(test_keys_are_independent),
        cmocka_unit_test(test_many_that_overlap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
