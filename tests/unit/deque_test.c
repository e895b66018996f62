/* deque_test.c: the worker's run queue alone.
 * Goal: FIFO, the limits, half of it for thieves, and each goroutine to exactly one taker.
 * Method: fake goroutines, never run; for the last one real threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>

#include <cmocka.h>

#include "core/g.h"
#include "sched/deque.h"

enum { SIZE = WEFT__DEQUE_SIZE, HALF = WEFT__DEQUE_HALF };

static weft__g fakes[SIZE + 1];

static void fill(weft__deque *d, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        assert_true(weft__deque_push(d, &fakes[i]));
    }
}

/* Head and tail count for ever: the wrap must not show. */
static void start_at(weft__deque *d, uint32_t index)
{
    d->head = index;
    d->tail = index;
}

static void test_pop_is_first_in_first_out(void **state)
{
    (void)state;
    static weft__deque d;
    start_at(&d, UINT32_MAX - 5);
    fill(&d, 10);
    for (uint32_t i = 0; i < 10; i++) {
        assert_ptr_equal(weft__deque_pop(&d), &fakes[i]);
    }
    assert_null(weft__deque_pop(&d));
    assert_true(weft__deque_looks_empty(&d));
}

static void test_push_refuses_when_full(void **state)
{
    (void)state;
    static weft__deque d;
    start_at(&d, UINT32_MAX - SIZE / 2);
    fill(&d, SIZE);
    assert_false(weft__deque_push(&d, &fakes[SIZE]));
    assert_ptr_equal(weft__deque_pop(&d), &fakes[0]);
    assert_true(weft__deque_push(&d, &fakes[SIZE]));
}

static void test_grab_takes_the_older_half_rounded_up(void **state)
{
    (void)state;
    static const struct {
        uint32_t count;
        uint32_t grabbed;
    } rows[] = {{0, 0}, {1, 1}, {2, 1}, {3, 2}, {10, 5}, {SIZE, HALF}};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        weft__deque d = {0};
        weft__g *batch[HALF];
        start_at(&d, UINT32_MAX);
        fill(&d, rows[k].count);
        assert_int_equal(weft__deque_grab(&d, batch), rows[k].grabbed);
        for (uint32_t i = 0; i < rows[k].grabbed; i++) {
            assert_ptr_equal(batch[i], &fakes[i]);
        }
        assert_int_equal(d.tail - d.head, rows[k].count - rows[k].grabbed);
    }
}

static void test_next_slot_holds_one(void **state)
{
    (void)state;
    static weft__deque d;
    assert_null(weft__deque_take_next(&d));
    assert_null(weft__deque_put_next(&d, &fakes[0]));
    assert_ptr_equal(weft__deque_put_next(&d, &fakes[1]), &fakes[0]);
    assert_false(weft__deque_steal_next(&d, &fakes[0]));
    assert_true(weft__deque_steal_next(&d, &fakes[1]));
    assert_null(weft__deque_take_next(&d));
}

/* ---- threads ---- */

enum { ITEMS = 20000, THIEVES = 3 };

typedef struct contest {
    weft__deque deque;
    weft__g *items; /* id: how often it was taken, one writer at a time if all is well */
    uint32_t finished;
} contest;

static void take(weft__g *g)
{
    (void)__atomic_add_fetch(&g->id, 1, __ATOMIC_RELAXED);
}

static void *thief(void *arg)
{
    contest *const c = arg;
    while (weft__load_acquire(&c->finished) == 0) {
        weft__g *batch[HALF];
        const uint32_t count = weft__deque_grab(&c->deque, batch);
        for (uint32_t i = 0; i < count; i++) {
            take(batch[i]);
        }
        weft__g *const next = weft__load_pointer_relaxed(&c->deque.next);
        if (next != NULL && weft__deque_steal_next(&c->deque, next)) {
            take(next);
        }
    }
    return NULL;
}

/* Push everything, by way of the next slot each fifth time, popping each third time. */
static void own(contest *c)
{
    for (uint32_t i = 0; i < ITEMS; i++) {
        weft__g *g = &c->items[i];
        if (i % 5 == 0) {
            g = weft__deque_put_next(&c->deque, g);
        }
        while (g != NULL && !weft__deque_push(&c->deque, g)) {
            weft__pause();
        }
        weft__g *const mine = i % 3 == 0 ? weft__deque_pop(&c->deque) : NULL;
        if (mine != NULL) {
            take(mine);
        }
    }
    weft__g *left = NULL;
    while ((left = weft__deque_pop(&c->deque)) != NULL ||
           (left = weft__deque_take_next(&c->deque)) != NULL) {
        take(left);
    }
}

static void test_each_goroutine_goes_to_one_taker(void **state)
{
    (void)state;
    static contest c;
    pthread_t threads[THIEVES];
    c.items = test_calloc(ITEMS, sizeof *c.items);
    for (int i = 0; i < THIEVES; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, thief, &c), 0);
    }
    own(&c);
    weft__store_release(&c.finished, 1);
    for (int i = 0; i < THIEVES; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    for (uint32_t i = 0; i < ITEMS; i++) {
        assert_int_equal(c.items[i].id, 1);
    }
    test_free(c.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pop_is_first_in_first_out),
        cmocka_unit_test(test_push_refuses_when_full),
        cmocka_unit_test(test_grab_takes_the_older_half_rounded_up),
        cmocka_unit_test(test_next_slot_holds_one),
        cmocka_unit_test(test_each_goroutine_goes_to_one_taker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
