/* sema_order_test.c: who gets the units of a weighted semaphore next, and until when one waits.
 *
 * Goal:   first come, first served; deadlines; requests for more than there is. That somebody waits
 *         is seen by try_acquire, which then fails though there are units enough. Whether it
 *         already waits is up to the schedule: tests that need it look a few times, and are content
 *         with what else holds if it did not come; but in the simulator it must have come
 *         sometimes.
 * Source: golang.org/x/sync/semaphore docs. */
#include <weft/cmocka.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>

enum { FEW = 4, ROUNDS = 4, LOOKS = 20 };

typedef struct shared {
    weft_sema sema;
    weft_waitgroup ended;
    atomic_int order_count;
    int order[FEW + 1];
    int64_t deadline_ns;
    int64_t n;
    int value;
    int result;
} shared;

static void start(shared *s, weft_fn *fn)
{
    const weft_go_options options = {.name = "holder"};
    assert_int_equal(weft_waitgroup_go_with(&s->ended, &options, fn, s), 0);
}

static void note_order(shared *s, int who)
{
    const int at = atomic_fetch_add(&s->order_count, 1);
    s->order[at] = who;
}

/* At least one unit is free. True: somebody waits now, and will until units are released. */
static bool somebody_waits(shared *s)
{
    bool waits = false;
    for (int i = 0; i < LOOKS && !waits; i++) {
        waits = !weft_sema_try_acquire(&s->sema, 1);
        if (!waits) {
            weft_sema_release(&s->sema, 1);
            weft_yield();
        }
    }
    WEFT_SOMETIMES(waits, "somebody waits");
    return waits;
}

/* All units are back, and no more than `units` of them. */
static void check_all_back(weft_sema *sema, int64_t units)
{
    assert_true(weft_sema_try_acquire(sema, units));
    assert_false(weft_sema_try_acquire(sema, 1));
    weft_sema_release(sema, units);
}

/* ---- Who comes next ---- */

static void acquire_large(void *arg)
{
    shared *const s = arg;
    weft_sema_acquire(&s->sema, 3);
    note_order(s, 'L');
    weft_sema_release(&s->sema, 3);
}

static void acquire_small(void *arg)
{
    shared *const s = arg;
    weft_sema_acquire(&s->sema, 1);
    note_order(s, 's');
    weft_sema_release(&s->sema, 1);
}

static void test_try_acquire_does_not_overtake_a_waiting_request(void **state)
{
    (void)state;
    shared s = {.sema = WEFT_SEMA(3)};
    weft_sema_acquire(&s.sema, 1);
    start(&s, acquire_large);
    if (somebody_waits(&s)) {
        weft_yield();
        assert_false(weft_sema_try_acquire(&s.sema, 1));
    }
    weft_sema_release(&s.sema, 1);
    weft_waitgroup_wait(&s.ended);
    check_all_back(&s.sema, 3);
}

static void test_large_request_is_not_overtaken_by_small_ones(void **state)
{
    (void)state;
    shared s = {.sema = WEFT_SEMA(3)};
    weft_sema_acquire(&s.sema, 1);
    start(&s, acquire_large);
    const bool waits = somebody_waits(&s);
    for (int i = 0; i < FEW; i++) {
        start(&s, acquire_small);
    }
    weft_yield();
    weft_sema_release(&s.sema, 1);
    weft_waitgroup_wait(&s.ended);
    assert_true(!waits || s.order[0] == 'L');
    check_all_back(&s.sema, 3);
}

static void test_release_that_is_not_enough_lets_nobody_by(void **state)
{
    (void)state;
    shared s = {.sema = WEFT_SEMA(3)};
    weft_sema_acquire(&s.sema, 2);
    start(&s, acquire_large);
    const bool waits = somebody_waits(&s);
    start(&s, acquire_small);
    weft_sema_release(&s.sema, 1);
    weft_yield();
    assert_true(!waits || atomic_load(&s.order_count) == 0);
    weft_sema_release(&s.sema, 1);
    weft_waitgroup_wait(&s.ended);
    assert_true(!waits || s.order[0] == 'L');
}

/* ---- Deadlines ---- */

static void test_acquire_until_takes_what_is_free(void **state)
{
    (void)state;
    weft_sema sema = WEFT_SEMA(2);
    assert_int_equal(weft_sema_acquire_until(&sema, 2, WEFT_NEVER), 0);
    assert_false(weft_sema_try_acquire(&sema, 1));
    weft_sema_release(&sema, 2);
}

static void test_acquire_until_times_out(void **state)
{
    (void)state;
    weft_sema sema = WEFT_SEMA(2);
    weft_sema_acquire(&sema, 1);
    const int64_t deadline_ns = weft_now() + WEFT_MILLISECOND;
    assert_int_equal(weft_sema_acquire_until(&sema, 2, deadline_ns), -ETIMEDOUT);
    assert_true(weft_now() >= deadline_ns);
    weft_sema_release(&sema, 1);
}

static void test_acquire_until_takes_nothing_when_it_times_out(void **state)
{
    (void)state;
    weft_sema sema = WEFT_SEMA(3);
    weft_sema_acquire(&sema, 2);
    assert_int_equal(weft_sema_acquire_until(&sema, 2, weft_now()), -ETIMEDOUT);
    weft_sema_release(&sema, 2);
    check_all_back(&sema, 3);
}

static void test_acquire_until_a_time_in_the_past_times_out_when_there_is_nothing(void **state)
{
    (void)state;
    weft_sema sema = WEFT_SEMA(1);
    weft_sema_acquire(&sema, 1);
    assert_int_equal(weft_sema_acquire_until(&sema, 1, weft_now() - WEFT_SECOND), -ETIMEDOUT);
    assert_int_equal(weft_sema_acquire_until(&sema, 1, 0), -ETIMEDOUT);
    assert_int_equal(weft_sema_acquire_until(&sema, 1, INT64_MIN), -ETIMEDOUT);
    weft_sema_release(&sema, 1);
}

static void release_for_main(void *arg)
{
    shared *const s = arg;
    s->value = 42;
    weft_sema_release(&s->sema, 1);
}

static void test_acquire_until_never_waits_for_release(void **state)
{
    (void)state;
    shared s = {.sema = WEFT_SEMA(1)};
    weft_sema_acquire(&s.sema, 1);
    start(&s, release_for_main);
    assert_int_equal(weft_sema_acquire_until(&s.sema, 1, WEFT_NEVER), 0);
    assert_int_equal(s.value, 42);
    weft_sema_release(&s.sema, 1);
    weft_waitgroup_wait(&s.ended);
}

static void acquire_until_deadline(void *arg)
{
    shared *const s = arg;
    s->result = weft_sema_acquire_until(&s->sema, s->n, s->deadline_ns);
    if (s->result == 0) {
        weft_sema_release(&s->sema, s->n);
    }
}

static void test_units_are_kept_count_of_when_deadline_and_release_race(void **state)
{
    (void)state;
    shared s = {.sema = WEFT_SEMA(2), .n = 2};
    weft_sema_acquire(&s.sema, 1);
    s.deadline_ns = weft_now() + 50 * WEFT_MICROSECOND;
    start(&s, acquire_until_deadline);
    weft_sleep(50 * WEFT_MICROSECOND);
    weft_sema_release(&s.sema, 1);
    weft_waitgroup_wait(&s.ended);
    assert_true(s.result == 0 || s.result == -ETIMEDOUT);
    check_all_back(&s.sema, 2);
}

/* Nobody releases anything: only the first one's deadline can let the second one by. */
static void test_request_that_timed_out_no_longer_blocks_those_behind_it(void **state)
{
    (void)state;
    shared s = {.sema = WEFT_SEMA(2), .n = 2};
    weft_sema_acquire(&s.sema, 1);
    s.deadline_ns = weft_now() + WEFT_MILLISECOND;
    start(&s, acquire_until_deadline);
    (void)somebody_waits(&s);
    weft_sema_acquire(&s.sema, 1);
    weft_sema_release(&s.sema, 1);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.result, -ETIMEDOUT);
    weft_sema_release(&s.sema, 1);
    check_all_back(&s.sema, 2);
}

/* ---- More than the capacity ---- */

static void test_try_acquire_of_more_than_the_capacity_fails(void **state)
{
    (void)state;
    weft_sema sema = WEFT_SEMA(2);
    assert_false(weft_sema_try_acquire(&sema, 3));
    assert_false(weft_sema_try_acquire(&sema, INT64_MAX));
    check_all_back(&sema, 2);
}

static void test_acquire_until_of_more_than_the_capacity_times_out(void **state)
{
    (void)state;
    weft_sema sema = WEFT_SEMA(2);
    const int64_t deadline_ns = weft_now() + 100 * WEFT_MICROSECOND;
    assert_int_equal(weft_sema_acquire_until(&sema, 3, deadline_ns), -ETIMEDOUT);
    assert_true(weft_now() >= deadline_ns);
    check_all_back(&sema, 2);
}

static weft_sema global_sema;

static void ask_for_too_much(void *arg)
{
    weft_sema_acquire(&global_sema, 3);
    atomic_fetch_add((atomic_int *)arg, 1);
}

static atomic_int got_too_much;

static void test_request_for_more_than_the_capacity_waits_for_ever_and_blocks_nobody(void **state)
{
    (void)state;
    const weft_go_options options = {.name = "greedy", .daemon = true};
    global_sema = WEFT_SEMA(2);
    assert_int_equal(weft_go_with(&options, ask_for_too_much, &got_too_much), 0);
    weft_yield();
    for (int i = 0; i < ROUNDS; i++) {
        weft_sema_acquire(&global_sema, 2);
        weft_yield();
        weft_sema_release(&global_sema, 2);
    }
    assert_int_equal(atomic_load(&got_too_much), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_try_acquire_does_not_overtake_a_waiting_request),
        weft_unit_test(test_large_request_is_not_overtaken_by_small_ones),
        weft_unit_test(test_release_that_is_not_enough_lets_nobody_by),
        weft_unit_test(test_acquire_until_takes_what_is_free),
        weft_unit_test(test_acquire_until_times_out),
        weft_unit_test(test_acquire_until_takes_nothing_when_it_times_out),
        weft_unit_test(test_acquire_until_a_time_in_the_past_times_out_when_there_is_nothing),
        weft_unit_test(test_acquire_until_never_waits_for_release),
        weft_unit_test(test_units_are_kept_count_of_when_deadline_and_release_race),
        weft_unit_test(test_request_that_timed_out_no_longer_blocks_those_behind_it),
        weft_unit_test(test_try_acquire_of_more_than_the_capacity_fails),
        weft_unit_test(test_acquire_until_of_more_than_the_capacity_times_out),
        weft_unit_test(test_request_for_more_than_the_capacity_waits_for_ever_and_blocks_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
