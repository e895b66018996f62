/* choice_test.c: free choices, properties, and announced accesses.
 *
 * Goal:   what these macros and functions are to a program that does not look at the simulator:
 *         numbers in range, conditions evaluated once, plain reads and writes.
 * Source: weft.h, "Free choices, properties, announced accesses". */
#include <weft/cmocka.h>

#include <stdint.h>
#include <string.h>

enum { ROUNDS = 20 };

/* ---- Choices ---- */

static void test_choice_is_below_the_count(void **state)
{
    (void)state;
    static const uint32_t counts[] = {2, 3, 5, 7, 100, 65536, UINT32_MAX};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        assert_true(weft_choose(counts[i]) < counts[i]);
    }
}

static void test_choice_among_one_is_zero(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(weft_choose(1), 0);
    }
}

static void choose_of_none(void *arg)
{
    *(uint32_t *)arg = weft_choose(0);
}

static void test_choice_among_none_panics(void **state)
{
    (void)state;
    weft_panic_info info = {0};
    uint32_t chosen = 42;
    assert_int_equal(weft_try(choose_of_none, &chosen, &info), 1);
    assert_true(strlen(info.message) > 0);
    assert_int_equal(chosen, 42);
}

static void test_each_choice_is_made_sometimes(void **state)
{
    (void)state;
    bool seen[2] = {false, false};
    for (int i = 0; i < 8; i++) {
        seen[weft_choose(2)] = true;
    }
    WEFT_SOMETIMES(seen[0], "0 is chosen");
    WEFT_SOMETIMES(seen[1], "1 is chosen");
    assert_true(seen[0] || seen[1]);
}

static void choose_many(void *arg)
{
    bool *const good = arg;
    *good = true;
    for (int i = 0; i < ROUNDS; i++) {
        *good = *good && weft_choose(3) < 3;
    }
}

static void test_goroutines_choose_at_the_same_time(void **state)
{
    (void)state;
    weft_waitgroup ended = {0};
    bool good[3] = {false, false, false};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(weft_waitgroup_go(&ended, choose_many, &good[i]), 0);
    }
    weft_waitgroup_wait(&ended);
    assert_true(good[0] && good[1] && good[2]);
}

/* All of 32 numbers of 64 bits the same: never, in a run that is not made of zeroes only. */
static void test_random_numbers_differ(void **state)
{
    (void)state;
    const uint64_t first = weft_random();
    bool differs = false;
    for (int i = 0; i < 31; i++) {
        differs = weft_random() != first || differs;
    }
    WEFT_SOMETIMES(differs, "random numbers differ");
}

static void test_choice_and_random_work_outside_of_goroutines(void **state)
{
    (void)state;
    assert_int_equal(weft_choose(1), 0);
    assert_true(weft_choose(3) < 3);
    (void)weft_random();
}

/* ---- Properties ---- */

static int evaluations;

static bool evaluate(bool value)
{
    evaluations++;
    return value;
}

static void test_assert_evaluates_its_condition_once(void **state)
{
    (void)state;
    evaluations = 0;
    WEFT_ASSERT(evaluate(true));
    assert_int_equal(evaluations, 1);
}

static void test_assert_is_an_expression(void **state)
{
    (void)state;
    int steps = 0;
    if (steps == 0)
        WEFT_ASSERT(steps == 0);
    else
        steps = 1;
    for (int i = 0; i < 3; WEFT_ASSERT(i < 3), i++) {
        steps += 2;
    }
    assert_int_equal(steps, 6);
}

static void test_assert_takes_anything_that_is_true_or_false(void **state)
{
    (void)state;
    const char *const pointer = "pointer";
    WEFT_ASSERT(pointer);
    WEFT_ASSERT(pointer != NULL && pointer[0] == 'p');
    WEFT_ASSERT(42);
    WEFT_ASSERT(0.5 < 1.0 || evaluate(false));
}

static void test_always_evaluates_its_condition_once(void **state)
{
    (void)state;
    evaluations = 0;
    WEFT_ALWAYS(evaluate(true), "evaluates to true");
    assert_int_equal(evaluations, 1);
}

static void test_sometimes_evaluates_its_condition_once(void **state)
{
    (void)state;
    evaluations = 0;
    WEFT_SOMETIMES(evaluate(true), "evaluates to true, sometimes");
    assert_int_equal(evaluations, 1);
}

static void test_sometimes_may_not_hold_this_time(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        WEFT_SOMETIMES(i == 1, "the second turn");
    }
}

static void test_reachable_goes_on(void **state)
{
    (void)state;
    int steps = 0;
    for (int i = 0; i < 3; i++) {
        WEFT_REACHABLE("this loop");
        steps++;
    }
    assert_int_equal(steps, 3);
}

static void test_progress_goes_on(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        weft_progress();
        weft_state((uint64_t)i);
    }
}

/* ---- Announced accesses ---- */

static void test_read_is_the_value(void **state)
{
    (void)state;
    int variable = 42;
    assert_int_equal(WEFT_READ(variable), 42);
    variable = 43;
    const int copy = WEFT_READ(variable);
    assert_int_equal(copy, 43);
}

static void test_write_sets_the_value(void **state)
{
    (void)state;
    int variable = 0;
    WEFT_WRITE(variable, 42);
    assert_int_equal(variable, 42);
    WEFT_WRITE(variable, variable + 1);
    assert_int_equal(variable, 43);
    WEFT_WRITE(variable, WEFT_READ(variable) + 1);
    assert_int_equal(variable, 44);
}

static void test_write_evaluates_the_value_once(void **state)
{
    (void)state;
    int variable = 0;
    int next = 1;
    WEFT_WRITE(variable, next++);
    assert_int_equal(variable, 1);
    assert_int_equal(next, 2);
}

#define SAME_TYPE(a, b) __builtin_types_compatible_p(__typeof__(a), __typeof__(b))

static void test_read_has_the_type_of_the_variable(void **state)
{
    (void)state;
    signed char c = -1;
    unsigned short u = 65535;
    int64_t wide = INT64_MIN;
    const char *text = "text";
    assert_true(SAME_TYPE(WEFT_READ(c), c));
    assert_true(SAME_TYPE(WEFT_READ(u), u));
    assert_true(SAME_TYPE(WEFT_READ(wide), wide));
    assert_true(SAME_TYPE(WEFT_READ(text), text));
    assert_true(WEFT_READ(c) == -1);
    assert_true(WEFT_READ(u) == 65535);
    assert_true(WEFT_READ(wide) == INT64_MIN);
    assert_string_equal(WEFT_READ(text), "text");
}

static void test_write_converts_like_an_assignment(void **state)
{
    (void)state;
    double d = 0;
    bool b = false;
    uint8_t small = 0;
    WEFT_WRITE(d, 3);
    WEFT_WRITE(b, 42);
    WEFT_WRITE(small, 200);
    assert_true(d > 2.5 && d < 3.5);
    assert_true(b == true);
    assert_int_equal(small, 200);
}

typedef struct pair {
    int first;
    char second[8];
    struct {
        int64_t inner;
    } nested;
} pair;

static void test_structs_are_read_and_written_whole(void **state)
{
    (void)state;
    const pair source = {.first = 1, .second = "two", .nested = {.inner = 3}};
    pair target = {0};
    WEFT_WRITE(target, source);
    const pair copy = WEFT_READ(target);
    assert_int_equal(copy.first, 1);
    assert_string_equal(copy.second, "two");
    assert_int_equal(copy.nested.inner, 3);
    assert_int_equal(WEFT_READ(target).first, 1);
}

static void test_members_are_read_and_written(void **state)
{
    (void)state;
    pair p = {.first = 1};
    pair *const at = &p;
    WEFT_WRITE(p.nested.inner, 5);
    WEFT_WRITE(at->first, WEFT_READ(at->first) + 1);
    assert_int_equal(WEFT_READ(p.nested.inner), 5);
    assert_int_equal(WEFT_READ(at->first), 2);
}

static void test_elements_of_arrays_are_read_and_written(void **state)
{
    (void)state;
    int numbers[4] = {0};
    for (int i = 0; i < 4; i++) {
        WEFT_WRITE(numbers[i], i * i);
    }
    int sum = 0;
    for (int i = 0; i < 4; i++) {
        sum += WEFT_READ(numbers[i]);
    }
    assert_int_equal(sum, 14);
}

static void test_pointers_are_read_written_and_followed(void **state)
{
    (void)state;
    int number = 1;
    int *pointer = NULL;
    WEFT_WRITE(pointer, &number);
    WEFT_WRITE(*pointer, 2);
    assert_ptr_equal(WEFT_READ(pointer), &number);
    assert_int_equal(*WEFT_READ(pointer), 2);
    assert_int_equal(number, 2);
}

static void test_read_and_write_are_expressions(void **state)
{
    (void)state;
    int a = 1;
    int b = 2;
    if (WEFT_READ(a) < WEFT_READ(b))
        WEFT_WRITE(a, 3);
    else
        WEFT_WRITE(b, 3);
    (WEFT_READ(a) == 3) ? WEFT_WRITE(b, 4) : WEFT_WRITE(b, 5);
    assert_int_equal(a, 3);
    assert_int_equal(b, 4);
}

static void test_volatile_variables_are_read_and_written(void **state)
{
    (void)state;
    volatile int variable = 1;
    WEFT_WRITE(variable, 2);
    assert_int_equal(WEFT_READ(variable), 2);
}

typedef struct locked_number {
    weft_mutex mutex;
    int value;
} locked_number;

static void count_up(void *arg)
{
    locked_number *const n = arg;
    for (int i = 0; i < 4; i++) {
        weft_mutex_lock(&n->mutex);
        WEFT_WRITE(n->value, WEFT_READ(n->value) + 1);
        weft_mutex_unlock(&n->mutex);
    }
}

static void test_announced_accesses_under_a_lock_lose_nothing(void **state)
{
    (void)state;
    locked_number n = {.value = 0};
    weft_waitgroup ended = {0};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(weft_waitgroup_go(&ended, count_up, &n), 0);
    }
    weft_waitgroup_wait(&ended);
    assert_int_equal(n.value, 12);
}

static void test_points_go_on(void **state)
{
    (void)state;
    pair p = {.first = 1};
    weft_point(&p);
    weft_point_read(&p.first, sizeof p.first);
    weft_point_write(&p.first, sizeof p.first);
    assert_int_equal(p.first, 1);
}

static void test_accesses_may_be_announced_outside_of_goroutines(void **state)
{
    (void)state;
    int variable = 0;
    WEFT_WRITE(variable, 42);
    assert_int_equal(WEFT_READ(variable), 42);
    weft_point(&variable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_choice_is_below_the_count),
        weft_unit_test(test_choice_among_one_is_zero),
        weft_unit_test(test_choice_among_none_panics),
        weft_unit_test(test_each_choice_is_made_sometimes),
        weft_unit_test(test_goroutines_choose_at_the_same_time),
        weft_unit_test(test_random_numbers_differ),
        cmocka_unit_test(test_choice_and_random_work_outside_of_goroutines),
        weft_unit_test(test_assert_evaluates_its_condition_once),
        weft_unit_test(test_assert_is_an_expression),
        weft_unit_test(test_assert_takes_anything_that_is_true_or_false),
        weft_unit_test(test_always_evaluates_its_condition_once),
        weft_unit_test(test_sometimes_evaluates_its_condition_once),
        weft_unit_test(test_sometimes_may_not_hold_this_time),
        weft_unit_test(test_reachable_goes_on),
        weft_unit_test(test_progress_goes_on),
        weft_unit_test(test_read_is_the_value),
        weft_unit_test(test_write_sets_the_value),
        weft_unit_test(test_write_evaluates_the_value_once),
        weft_unit_test(test_read_has_the_type_of_the_variable),
        weft_unit_test(test_write_converts_like_an_assignment),
        weft_unit_test(test_structs_are_read_and_written_whole),
        weft_unit_test(test_members_are_read_and_written),
        weft_unit_test(test_elements_of_arrays_are_read_and_written),
        weft_unit_test(test_pointers_are_read_written_and_followed),
        weft_unit_test(test_read_and_write_are_expressions),
        weft_unit_test(test_volatile_variables_are_read_and_written),
        weft_unit_test(test_announced_accesses_under_a_lock_lose_nothing),
        weft_unit_test(test_points_go_on),
        cmocka_unit_test(test_accesses_may_be_announced_outside_of_goroutines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
