/* stack_test.c: the pools of stacks alone.
 * Goal: stacks do not overlap and are reused, the last one first; each is guarded; what is not
 * needed for a while loses its memory and nothing else; no memory is an answer, not a crash.
 * Method: residence as of mincore; a guard is probed by read(2), which fails where a load would
 * trap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "../runtime/child.h"
#include "core/guard.h"
#include "core/stack.h"

enum { MANY = 3000, KEPT = 128, BATCH = 32 };

static char *lows[MANY];

/* Of a class that no other test has used. */
static void take_many(unsigned class)
{
    size_t count = 0;
    while (count < MANY) {
        const size_t want = MANY - count < BATCH ? MANY - count : BATCH;
        const size_t taken = weft__stacks_alloc(class, want, lows + count);
        assert_in_range(taken, 1, want);
        count += taken;
    }
}

static void put_many(unsigned class)
{
    weft__stacks_free(class, MANY, lows);
}

static bool writable(char *at)
{
    const int zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    assert_true(zeros >= 0);
    const bool done = read(zeros, at, 1) == 1;
    (void)close(zeros);
    return done;
}

static bool resident(char *at)
{
    const uintptr_t page = weft__page_size();
    unsigned char in_memory = 0;
    assert_int_equal(mincore((void *)((uintptr_t)at & ~(page - 1)), page, &in_memory), 0);
    return (in_memory & 1) != 0;
}

static void test_classes_are_powers_of_two(void **state)
{
    (void)state;
    assert_int_equal(weft__stack_class(0), 0);
    for (unsigned class = 0; class < WEFT__STACK_CLASSES; class ++) {
        const size_t size = weft__stack_size(class);
        assert_int_equal(weft__stack_class(size), class);
        assert_int_equal(weft__stack_class(size + 1), class + 1);
    }
    assert_int_equal(weft__stack_size(WEFT__STACK_CLASSES - 1), WEFT__STACK_MAX);
    weft__stack stack;
    assert_false(weft__stack_alloc(WEFT__STACK_MAX + 1, &stack));
    assert_false(weft__stack_alloc(SIZE_MAX, &stack));
}

static int by_address(const void *a, const void *b)
{
    const uintptr_t x = (uintptr_t) * (char *const *)a;
    const uintptr_t y = (uintptr_t) * (char *const *)b;
    return (x > y) - (x < y);
}

static void test_stacks_lie_apart_and_are_guarded(void **state)
{
    (void)state;
    enum { CLASS = 0 };
    const size_t size = weft__stack_size(CLASS);
    take_many(CLASS);
    qsort(lows, MANY, sizeof *lows, by_address);
    for (size_t i = 0; i < MANY; i++) {
        assert_true(i == 0 || lows[i] - lows[i - 1] >= (ptrdiff_t)(size + weft__page_size()));
        assert_true(writable(lows[i]));
        assert_true(writable(lows[i] + size - 1));
        assert_false(writable(lows[i] - 1));
        const weft__stack stack = {lows[i], size};
        assert_true(weft__stack_overflowed(stack, lows[i] - 1));
        assert_true(weft__stack_overflowed(stack, lows[i] - weft__page_size()));
        assert_false(weft__stack_overflowed(stack, lows[i]));
        assert_false(weft__stack_overflowed(stack, lows[i] - weft__page_size() - 1));
    }
    put_many(CLASS);
}

static void test_the_last_one_freed_is_the_next_one_taken(void **state)
{
    (void)state;
    weft__stack a;
    weft__stack b;
    weft__stack again;
    assert_true(weft__stack_alloc(40000, &a));
    assert_true(weft__stack_alloc(65536, &b));
    assert_int_equal(a.size, 65536);
    const size_t mapped = weft__stacks_measure().mapped;
    weft__stack_free(b);
    weft__stack_free(a);
    assert_true(weft__stack_alloc(32769, &again));
    assert_ptr_equal(again.low, a.low);
    assert_true(weft__stack_alloc(65536, &again));
    assert_ptr_equal(again.low, b.low);
    assert_int_equal(weft__stacks_measure().mapped, mapped);
    weft__stack_free(a);
    weft__stack_free(b);
}

static size_t count_resident(unsigned class)
{
    size_t count = 0;
    for (size_t i = 0; i < MANY; i++) {
        count += resident(lows[i]) || resident(lows[i] + weft__stack_size(class) - 1);
    }
    return count;
}

static void trim_all(void)
{
    while (weft__stacks_trim()) {
    }
}

static void test_stacks_that_are_not_needed_for_a_while_lose_their_memory(void **state)
{
    (void)state;
    enum { CLASS = 3 };
    const size_t size = weft__stack_size(CLASS);
    weft__stacks_age();
    weft__stacks_age();
    trim_all(); /* those of other tests */
    take_many(CLASS);
    for (size_t i = 0; i < MANY; i++) {
        lows[i][0] = 1;
        lows[i][size - 1] = 1;
    }
    assert_int_equal(count_resident(CLASS), MANY);
    weft__stacks_age();
    put_many(CLASS);
    weft__stacks_age(); /* they were needed in the period that ends here */
    assert_false(weft__stacks_trim());
    assert_int_equal(count_resident(CLASS), MANY);
    assert_true(weft__stacks_spare());
    weft__stacks_age();
    trim_all();
    assert_false(weft__stacks_spare());
    weft__stacks_age();
    assert_false(weft__stacks_trim()); /* no more than there were */
    assert_int_equal(count_resident(CLASS), KEPT);
    take_many(CLASS);
    for (size_t i = 0; i < MANY; i++) {
        assert_false(writable(lows[i] - 1)); /* guards survive */
    }
    put_many(CLASS);
}

static void test_what_was_needed_meanwhile_stays(void **state)
{
    (void)state;
    enum { CLASS = 4, NEEDED = 1000 };
    const size_t size = weft__stack_size(CLASS);
    static char *needed[NEEDED];
    take_many(CLASS);
    for (size_t i = 0; i < MANY; i++) {
        lows[i][size - 1] = 1;
    }
    put_many(CLASS);
    weft__stacks_age();
    weft__stacks_age();
    assert_int_equal(weft__stacks_alloc(CLASS, NEEDED, needed), NEEDED);
    weft__stacks_free(CLASS, NEEDED, needed);
    trim_all();
    assert_in_range(count_resident(CLASS), NEEDED, NEEDED + KEPT);
}

/* In a child, with room for a few stacks, but not for the slab that would come next. */
static int exhaust(const void *arg)
{
    (void)arg;
    enum { CLASS = 9, ALL = 64 }; /* 8 MiB each */
    static char *taken[ALL];
    const int error = child_limit_memory((size_t)64 << 20);
    if (error != 0) {
        return error;
    }
    size_t count = 0;
    while (count < ALL && weft__stacks_alloc(CLASS, 1, taken + count) == 1) {
        taken[count++][0] = 1;
    }
    if (count < 2 || count > 7) {
        return 2;
    }
    weft__stacks_free(CLASS, count, taken);
    for (size_t i = 0; i < count; i++) {
        if (weft__stacks_alloc(CLASS, 1, taken) != 1) {
            return 3;
        }
    }
    return weft__stacks_alloc(CLASS, 1, taken) == 0 ? 0 : 4;
}

static void test_no_memory_is_an_answer(void **state)
{
    (void)state;
    static child c;
    if (SANITIZED) {
        skip(); /* they need more address space than any limit leaves */
    }
    child_run(&c, exhaust, NULL);
    if (child_exit(&c) == CHILD_NO_LIMITS) {
        skip();
    }
    assert_int_equal(child_exit(&c), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes_are_powers_of_two),
        cmocka_unit_test(test_stacks_lie_apart_and_are_guarded),
        cmocka_unit_test(test_the_last_one_freed_is_the_next_one_taken),
        cmocka_unit_test(test_stacks_that_are_not_needed_for_a_while_lose_their_memory),
        cmocka_unit_test(test_what_was_needed_meanwhile_stays),
        cmocka_unit_test(test_no_memory_is_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
