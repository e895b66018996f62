/* timer_heap_test.c: the heap of armed timers alone.
 * Goal: earliest first, ties in order of arming, removal from anywhere, places that are right.
 * Method: pseudo-random pushes and removals, compared with a search through all timers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sched/random.h"
#include "sched/timer_heap.h"

enum { TIMERS = 500, STEPS = 5000 };

static weft__timer timers[TIMERS];

static void push(weft__timer_heap *heap, weft__timer *timer, int64_t deadline_ns)
{
    timer->deadline_ns = deadline_ns;
    assert_true(weft__timer_heap_push(heap, timer));
}

static weft__timer *pop(weft__timer_heap *heap)
{
    weft__timer *const first = weft__timer_heap_first(heap);
    weft__timer_heap_remove(heap, first);
    assert_int_equal(first->place, 0);
    return first;
}

static void test_an_empty_heap_has_no_first(void **state)
{
    (void)state;
    const weft__timer_heap heap = {0};
    assert_null(weft__timer_heap_first(&heap));
}

static void test_equal_deadlines_come_in_order_of_arming(void **state)
{
    (void)state;
    weft__timer_heap heap = {0};
    for (int i = 0; i < TIMERS; i++) {
        push(&heap, &timers[i], i % 2);
    }
    for (int i = 0; i < TIMERS; i++) {
        const int expected = i < TIMERS / 2 ? 2 * i : 2 * i - TIMERS + 1;
        assert_ptr_equal(pop(&heap), &timers[expected]);
    }
    free(heap.items);
}

/* The first by search, among those with a place. */
static const weft__timer *search_first(void)
{
    const weft__timer *first = NULL;
    for (int i = 0; i < TIMERS; i++) {
        const weft__timer *const t = &timers[i];
        if (t->place != 0 && (first == NULL || t->deadline_ns < first->deadline_ns ||
                              (t->deadline_ns == first->deadline_ns && t->order < first->order))) {
            first = t;
        }
    }
    return first;
}

static void check_places(const weft__timer_heap *heap)
{
    for (size_t i = 0; i < heap->count; i++) {
        assert_int_equal(heap->items[i]->place, i + 1);
    }
}

static void test_random_arming_and_cancelling(void **state)
{
    (void)state;
    weft__timer_heap heap = {0};
    weft__random random = {.state = 42};
    for (int step = 0; step < STEPS; step++) {
        weft__timer *const t = &timers[weft__random_below(&random, TIMERS)];
        if (t->place == 0) {
            push(&heap, t, (int64_t)weft__random_below(&random, 1000) - 500);
        } else {
            weft__timer_heap_remove(&heap, t);
            assert_int_equal(t->place, 0);
        }
        assert_ptr_equal(weft__timer_heap_first(&heap), search_first());
    }
    check_places(&heap);
    while (heap.count > 0) {
        assert_ptr_equal(search_first(), weft__timer_heap_first(&heap));
        (void)pop(&heap);
    }
    free(heap.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_heap_has_no_first),
        cmocka_unit_test(test_equal_deadlines_come_in_order_of_arming),
        cmocka_unit_test(test_random_arming_and_cancelling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
