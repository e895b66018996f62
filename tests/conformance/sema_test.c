/* sema_test.c: the weighted semaphore: its units. Who gets them next: sema_order_test.c.
 *
 * Goal:   how many units are out at once, that acquire waits for release, and misuse.
 * Source: golang.org/x/sync/semaphore docs. */
#include <weft/cmocka.h>

#include <stdatomic.h>
#include <string.h>

enum { FEW = 4, ROUNDS = 4 };

typedef struct shared {
    weft_sema sema;
    weft_waitgroup ended;
    weft_waitgroup gate;
    atomic_int inside;
    atomic_int wrong;
    int value;
    int result;
} shared;

static void start(shared *s, weft_fn *fn)
{
    const weft_go_options options = {.name = "holder"};
    assert_int_equal(weft_waitgroup_go_with(&s->ended, &options, fn, s), 0);
}

/* All units are back, and no more than `units` of them. */
static void check_all_back(weft_sema *sema, int64_t units)
{
    assert_true(weft_sema_try_acquire(sema, units));
    assert_false(weft_sema_try_acquire(sema, 1));
    weft_sema_release(sema, units);
}

/* ---- Units ---- */

static void test_zero_initialised_semaphore_has_no_units(void **state)
{
    (void)state;
    weft_sema sema = {0};
    assert_false(weft_sema_try_acquire(&sema, 1));
}

static void test_initialiser_sets_the_units(void **state)
{
    (void)state;
    weft_sema sema = WEFT_SEMA(3);
    assert_true(weft_sema_try_acquire(&sema, 1));
    assert_true(weft_sema_try_acquire(&sema, 1));
    assert_true(weft_sema_try_acquire(&sema, 1));
    assert_false(weft_sema_try_acquire(&sema, 1));
    weft_sema_release(&sema, 3);
}

static void test_initialiser_is_a_value(void **state)
{
    (void)state;
    shared s = {.sema = WEFT_SEMA(1)};
    check_all_back(&s.sema, 1);
    s.sema = WEFT_SEMA(FEW / 2);
    check_all_back(&s.sema, 2);
}

static void test_requests_have_weights(void **state)
{
    (void)state;
    weft_sema sema = WEFT_SEMA(5);
    assert_true(weft_sema_try_acquire(&sema, 3));
    assert_false(weft_sema_try_acquire(&sema, 3));
    assert_true(weft_sema_try_acquire(&sema, 2));
    weft_sema_release(&sema, 5);
}

static void test_failed_try_takes_nothing(void **state)
{
    (void)state;
    weft_sema sema = WEFT_SEMA(3);
    assert_true(weft_sema_try_acquire(&sema, 2));
    assert_false(weft_sema_try_acquire(&sema, 2));
    assert_true(weft_sema_try_acquire(&sema, 1));
    weft_sema_release(&sema, 3);
}

static void test_units_come_back_in_any_portions(void **state)
{
    (void)state;
    weft_sema sema = WEFT_SEMA(4);
    weft_sema_acquire(&sema, 4);
    weft_sema_release(&sema, 1);
    weft_sema_release(&sema, 2);
    assert_true(weft_sema_try_acquire(&sema, 3));
    weft_sema_release(&sema, 4);
    check_all_back(&sema, 4);
}

static void test_acquire_of_what_is_free_does_not_wait(void **state)
{
    (void)state;
    weft_sema sema = WEFT_SEMA(2);
    weft_sema_acquire(&sema, 1);
    weft_sema_acquire(&sema, 1);
    assert_false(weft_sema_try_acquire(&sema, 1));
    weft_sema_release(&sema, 2);
}

static void test_acquire_of_nothing_does_not_wait(void **state)
{
    (void)state;
    weft_sema sema = WEFT_SEMA(1);
    weft_sema_acquire(&sema, 1);
    weft_sema_acquire(&sema, 0);
    assert_true(weft_sema_try_acquire(&sema, 0));
    weft_sema_release(&sema, 0);
    weft_sema_release(&sema, 1);
}

static void test_units_may_be_many(void **state)
{
    (void)state;
    const int64_t many = INT64_C(1) << 60;
    weft_sema sema = WEFT_SEMA(many);
    assert_true(weft_sema_try_acquire(&sema, many - 1));
    assert_false(weft_sema_try_acquire(&sema, 2));
    assert_true(weft_sema_try_acquire(&sema, 1));
    weft_sema_release(&sema, many);
}

static void test_semaphore_works_outside_of_goroutines(void **state)
{
    (void)state;
    weft_sema sema = WEFT_SEMA(1);
    assert_true(weft_sema_try_acquire(&sema, 1));
    assert_false(weft_sema_try_acquire(&sema, 1));
    weft_sema_release(&sema, 1);
}

/* ---- Waiting ---- */

static void acquire_and_look(void *arg)
{
    shared *const s = arg;
    weft_sema_acquire(&s->sema, 1);
    s->result = s->value;
    weft_sema_release(&s->sema, 1);
}

static void test_acquire_waits_for_release(void **state)
{
    (void)state;
    shared s = {.sema = WEFT_SEMA(1)};
    weft_sema_acquire(&s.sema, 1);
    start(&s, acquire_and_look);
    weft_yield();
    weft_yield();
    s.value = 42;
    weft_sema_release(&s.sema, 1);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.result, 42);
}

static void release_for_main(void *arg)
{
    shared *const s = arg;
    s->value = 42;
    weft_sema_release(&s->sema, 1);
}

static void test_another_goroutine_may_release(void **state)
{
    (void)state;
    shared s = {.sema = WEFT_SEMA(1)};
    weft_sema_acquire(&s.sema, 1);
    start(&s, release_for_main);
    weft_sema_acquire(&s.sema, 1);
    assert_int_equal(s.value, 42);
    weft_sema_release(&s.sema, 1);
    weft_waitgroup_wait(&s.ended);
}

static void hold_two_units(void *arg)
{
    shared *const s = arg;
    for (int i = 0; i < ROUNDS; i++) {
        weft_sema_acquire(&s->sema, 2);
        const int inside = atomic_fetch_add(&s->inside, 2) + 2;
        atomic_fetch_add(&s->wrong, inside > 5);
        weft_yield();
        atomic_fetch_sub(&s->inside, 2);
        weft_sema_release(&s->sema, 2);
    }
}

static void test_never_more_units_are_out_than_there_are(void **state)
{
    (void)state;
    shared s = {.sema = WEFT_SEMA(5)};
    for (int i = 0; i < FEW; i++) {
        start(&s, hold_two_units);
    }
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.wrong), 0);
    check_all_back(&s.sema, 5);
}

static void add_up(void *arg)
{
    shared *const s = arg;
    for (int i = 0; i < ROUNDS; i++) {
        weft_sema_acquire(&s->sema, 1);
        const int before = s->value;
        weft_yield();
        s->value = before + 1;
        weft_sema_release(&s->sema, 1);
    }
}

static void test_one_unit_makes_a_lock(void **state)
{
    (void)state;
    shared s = {.sema = WEFT_SEMA(1)};
    for (int i = 0; i < FEW; i++) {
        start(&s, add_up);
    }
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.value, FEW * ROUNDS);
}

static void meet_inside(void *arg)
{
    shared *const s = arg;
    weft_sema_acquire(&s->sema, 1);
    weft_waitgroup_done(&s->gate);
    weft_waitgroup_wait(&s->gate);
    weft_sema_release(&s->sema, 1);
}

static void test_one_release_lets_as_many_in_as_fit(void **state)
{
    (void)state;
    shared s = {.sema = WEFT_SEMA(FEW)};
    weft_sema_acquire(&s.sema, FEW);
    weft_waitgroup_add(&s.gate, FEW);
    for (int i = 0; i < FEW; i++) {
        start(&s, meet_inside);
    }
    weft_yield();
    weft_sema_release(&s.sema, FEW);
    weft_waitgroup_wait(&s.ended);
    check_all_back(&s.sema, FEW);
}

static void release_a_unit(void *arg)
{
    shared *const s = arg;
    weft_sema_release(&s->sema, 1);
}

static void test_large_request_gets_units_that_come_back_one_by_one(void **state)
{
    (void)state;
    shared s = {.sema = WEFT_SEMA(3)};
    weft_sema_acquire(&s.sema, 3);
    start(&s, release_a_unit);
    start(&s, release_a_unit);
    weft_sema_acquire(&s.sema, 2);
    weft_sema_release(&s.sema, 3);
    weft_waitgroup_wait(&s.ended);
    check_all_back(&s.sema, 3);
}

/* ---- Misuse ---- */

static void release_one(void *sema)
{
    weft_sema_release(sema, 1);
}

static void release_three(void *sema)
{
    weft_sema_release(sema, 3);
}

static void acquire_minus_one(void *sema)
{
    weft_sema_acquire(sema, -1);
}

static void acquire_minus_one_until(void *sema)
{
    (void)weft_sema_acquire_until(sema, -1, WEFT_NEVER);
}

static void try_acquire_minus_one(void *sema)
{
    (void)weft_sema_try_acquire(sema, -1);
}

static void release_minus_one(void *sema)
{
    weft_sema_release(sema, -1);
}

static void test_release_of_what_is_not_held_panics(void **state)
{
    (void)state;
    weft_sema sema = WEFT_SEMA(1);
    weft_panic_info info = {0};
    assert_int_equal(weft_try(release_one, &sema, &info), 1);
    assert_true(strlen(info.message) > 0);
}

static void test_release_of_more_than_is_held_panics(void **state)
{
    (void)state;
    weft_sema sema = WEFT_SEMA(4);
    weft_sema_acquire(&sema, 2);
    assert_int_equal(weft_try(release_three, &sema, NULL), 1);
}

static void test_semaphore_works_on_after_a_recovered_panic(void **state)
{
    (void)state;
    weft_sema sema = WEFT_SEMA(4);
    weft_sema_acquire(&sema, 2);
    assert_int_equal(weft_try(release_three, &sema, NULL), 1);
    weft_sema_release(&sema, 2);
    check_all_back(&sema, 4);
}

static void test_negative_number_of_units_panics(void **state)
{
    (void)state;
    weft_sema sema = WEFT_SEMA(2);
    weft_sema_acquire(&sema, 1);
    assert_int_equal(weft_try(acquire_minus_one, &sema, NULL), 1);
    assert_int_equal(weft_try(acquire_minus_one_until, &sema, NULL), 1);
    assert_int_equal(weft_try(try_acquire_minus_one, &sema, NULL), 1);
    assert_int_equal(weft_try(release_minus_one, &sema, NULL), 1);
    weft_sema_release(&sema, 1);
    check_all_back(&sema, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_zero_initialised_semaphore_has_no_units),
        weft_unit_test(test_initialiser_sets_the_units),
        weft_unit_test(test_initialiser_is_a_value),
        weft_unit_test(test_requests_have_weights),
        weft_unit_test(test_failed_try_takes_nothing),
        weft_unit_test(test_units_come_back_in_any_portions),
        weft_unit_test(test_acquire_of_what_is_free_does_not_wait),
        weft_unit_test(test_acquire_of_nothing_does_not_wait),
        weft_unit_test(test_units_may_be_many),
        cmocka_unit_test(test_semaphore_works_outside_of_goroutines),
        weft_unit_test(test_acquire_waits_for_release),
        weft_unit_test(test_another_goroutine_may_release),
        weft_unit_test(test_never_more_units_are_out_than_there_are),
        weft_unit_test(test_one_unit_makes_a_lock),
        weft_unit_test(test_one_release_lets_as_many_in_as_fit),
        weft_unit_test(test_large_request_gets_units_that_come_back_one_by_one),
        weft_unit_test(test_release_of_what_is_not_held_panics),
        weft_unit_test(test_release_of_more_than_is_held_panics),
        weft_unit_test(test_semaphore_works_on_after_a_recovered_panic),
        weft_unit_test(test_negative_number_of_units_panics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
