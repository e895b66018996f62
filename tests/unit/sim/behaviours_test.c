/* behaviours_test.c: the table of behaviours counts exactly, whoever adds them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <explore/behaviours.h>
#include <hash.h>

enum { MANY = 200000 }; /* several levels */

static uint64_t behaviour(uint64_t i)
{
    return weft__mix(i, 42) & ~(uint64_t)1;
}

static void test_each_is_counted_once(void **state)
{
    (void)state;
    weft__behaviours *const b = weft__behaviours_open();
    for (uint64_t i = 0; i < MANY; i++) {
        weft__behaviours_add(b, behaviour(i));
        assert_int_equal(weft__behaviours_distinct(b), i + 1);
    }
    assert_int_equal(weft__behaviours_once(b), MANY);
    for (uint64_t i = 0; i < MANY; i += 2) {
        weft__behaviours_add(b, behaviour(i));
        weft__behaviours_add(b, behaviour(i));
    }
    assert_int_equal(weft__behaviours_distinct(b), MANY);
    assert_int_equal(weft__behaviours_once(b), MANY / 2);
    assert_false(weft__behaviours_overflowed(b));
    weft__behaviours_close(b);
}

static void test_list_is_ascending_and_tells_what_was_seen_again(void **state)
{
    (void)state;
    weft__behaviours *const b = weft__behaviours_open();
    for (uint64_t i = 0; i < MANY; i++) {
        weft__behaviours_add(b, behaviour(i));
    }
    weft__behaviours_add(b, behaviour(7));
    size_t count = 0;
    uint64_t *const list = weft__behaviours_list(b, &count);
    assert_int_equal(count, MANY);
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || list[i - 1] < list[i]);
        assert_int_equal(list[i] & 1, (list[i] & ~(uint64_t)1) == behaviour(7) ? 1 : 0);
    }
    free(list);
    weft__behaviours_close(b);
}

static void test_zero_is_a_behaviour_like_any_other(void **state)
{
    (void)state;
    weft__behaviours *const b = weft__behaviours_open();
    weft__behaviours_add(b, 0);
    assert_int_equal(weft__behaviours_distinct(b), 1);
    weft__behaviours_add(b, 0);
    assert_int_equal(weft__behaviours_distinct(b), 1);
    assert_int_equal(weft__behaviours_once(b), 0);
    weft__behaviours_close(b);
}

/* Two processes add the same ones at the same time, in opposite orders. */
static void test_processes_share_it(void **state)
{
    (void)state;
    weft__behaviours *const b = weft__behaviours_open();
    const pid_t child = fork();
    assert_true(child >= 0);
    for (uint64_t i = 0; i < MANY; i++) {
        weft__behaviours_add(b, behaviour(child == 0 ? i : MANY - 1 - i));
    }
    if (child == 0) {
        _exit(0);
    }
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(weft__behaviours_distinct(b), MANY);
    assert_int_equal(weft__behaviours_once(b), 0);
    weft__behaviours_close(b);
}

/* Behaviours that all want the same bucket of every level. */
static void test_what_does_not_fit_is_left_out_and_said(void **state)
{
    (void)state;
    weft__behaviours *const b = weft__behaviours_open();
    uint64_t i = 0;
    while (!weft__behaviours_overflowed(b) && i < 1000) {
        weft__behaviours_add(b, ++i << 40);
    }
    assert_true(weft__behaviours_overflowed(b));
    assert_int_equal(weft__behaviours_distinct(b), i - 1);
    weft__behaviours_add(b, UINT64_C(1) << 40);
    assert_int_equal(weft__behaviours_once(b), i - 2); /* what is there still counts */
    weft__behaviours_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_is_counted_once),
        cmocka_unit_test(test_list_is_ascending_and_tells_what_was_seen_again),
        cmocka_unit_test(test_zero_is_a_behaviour_like_any_other),
        cmocka_unit_test(test_processes_share_it),
        cmocka_unit_test(test_what_does_not_fit_is_left_out_and_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
