/* workers_test.c: weft_workers, as far as both backends agree.
 *
 * Goal:   it returns the number until then, 0 only asks, too many is an error that changes nothing;
 *         goroutines that change it at the same time each see the number of the one before.
 * Source: weft.h; runtime.GOMAXPROCS. */
#include <weft/cmocka.h>

#include <errno.h>

static void test_the_number_until_then_is_returned(void **state)
{
    (void)state;
    const int before = weft_workers(0);
    assert_true(before >= 1 && before <= WEFT_WORKERS_MAX);
    assert_int_equal(weft_workers(3), before);
    assert_int_equal(weft_workers(0), 3);
    assert_int_equal(weft_workers(1), 3);
    assert_int_equal(weft_workers(5), 1);
    assert_int_equal(weft_workers(0), 5);
}

static void test_too_many_are_refused(void **state)
{
    (void)state;
    const int before = weft_workers(0);
    assert_int_equal(weft_workers(WEFT_WORKERS_MAX + 1), -EINVAL);
    assert_int_equal(weft_workers(UINT32_MAX), -EINVAL);
    assert_int_equal(weft_workers(0), before);
}

enum { RIVALS = 3 };
static uint32_t seen[RIVALS + 2];

static void change(void *arg)
{
    const uint32_t mine = *(const uint32_t *)arg;
    const int before = weft_workers(mine);
    WEFT_ASSERT(before >= 1 && before <= RIVALS + 1);
    seen[before]++;
}

/* From 1: each number is replaced once, but for the last, which is left. */
static void test_rivals_take_turns(void **state)
{
    (void)state;
    uint32_t numbers[RIVALS] = {2, 3, 4};
    weft_waitgroup group = {0};
    (void)weft_workers(1);
    for (int i = 0; i < RIVALS; i++) {
        assert_int_equal(weft_waitgroup_go(&group, change, &numbers[i]), 0);
    }
    weft_waitgroup_wait(&group);
    seen[weft_workers(1)]++;
    for (int i = 1; i <= RIVALS + 1; i++) {
        assert_int_equal(seen[i], 1);
        seen[i] = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_the_number_until_then_is_returned),
        weft_unit_test(test_too_many_are_refused),
        weft_unit_test(test_rivals_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
