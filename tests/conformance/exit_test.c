/* exit_test.c: the end of a goroutine by weft_exit.
 *
 * Goal:   deferred calls run, nothing stops it on its way, and nobody else is affected.
 * Source: runtime.Goexit. */
#include <weft/cmocka.h>

#include <stdatomic.h>

typedef struct end {
    atomic_int deferred;
    int order[4];
    bool went_on;
} end;

static void note_deferred(end *e, int which)
{
    const int at = atomic_fetch_add(&e->deferred, 1);
    e->order[at] = which;
}

static void deferred_1(void *arg)
{
    note_deferred(arg, 1);
}

static void deferred_2(void *arg)
{
    note_deferred(arg, 2);
}

static void deferred_3(void *arg)
{
    note_deferred(arg, 3);
}

/* To the compiler, one that may return. */
static void exit_if(bool wanted)
{
    if (wanted) {
        weft_exit();
    }
}

static void run_to_its_end(weft_fn *fn, end *e)
{
    weft_waitgroup ended = {0};
    assert_int_equal(weft_waitgroup_go_with(&ended, &(weft_go_options){.name = "end"}, fn, e), 0);
    weft_waitgroup_wait(&ended);
}

static void exit_at_once(void *arg)
{
    end *const e = arg;
    exit_if(true);
    e->went_on = true;
}

static void test_exit_ends_the_goroutine(void **state)
{
    (void)state;
    end e = {0};
    run_to_its_end(exit_at_once, &e);
    assert_false(e.went_on);
}

static void exit_from(int depth)
{
    if (depth > 0) {
        exit_from(depth - 1);
    }
    exit_if(depth == 0);
}

static void exit_from_a_deep_call(void *arg)
{
    end *const e = arg;
    exit_from(10);
    e->went_on = true;
}

static void test_exit_ends_the_goroutine_from_a_deep_call(void **state)
{
    (void)state;
    end e = {0};
    run_to_its_end(exit_from_a_deep_call, &e);
    assert_false(e.went_on);
}

static void defer_three_and_exit(void *arg)
{
    weft_defer(deferred_1, arg);
    weft_defer(deferred_2, arg);
    weft_defer(deferred_3, arg);
    weft_exit();
}

static void test_exit_runs_deferred_calls_last_first(void **state)
{
    (void)state;
    end e = {0};
    run_to_its_end(defer_three_and_exit, &e);
    assert_int_equal(atomic_load(&e.deferred), 3);
    assert_int_equal(e.order[0], 3);
    assert_int_equal(e.order[1], 2);
    assert_int_equal(e.order[2], 1);
}

static void defer_two_and_exit(void *arg)
{
    weft_defer(deferred_2, arg);
    weft_defer(deferred_3, arg);
    weft_exit();
}

static void exit_within_try(void *arg)
{
    end *const e = arg;
    weft_defer(deferred_1, e);
    (void)weft_try(defer_two_and_exit, e, NULL);
    e->went_on = true;
}

static void test_exit_is_not_stopped_by_weft_try(void **state)
{
    (void)state;
    end e = {0};
    run_to_its_end(exit_within_try, &e);
    assert_false(e.went_on);
}

static void test_exit_runs_deferred_calls_of_the_try_and_then_of_the_goroutine(void **state)
{
    (void)state;
    end e = {0};
    run_to_its_end(exit_within_try, &e);
    assert_int_equal(atomic_load(&e.deferred), 3);
    assert_int_equal(e.order[0], 3);
    assert_int_equal(e.order[1], 2);
    assert_int_equal(e.order[2], 1);
}

static void exit_within_two_tries(void *arg)
{
    end *const e = arg;
    (void)weft_try(exit_within_try, e, NULL);
    e->went_on = true;
}

static void test_exit_is_not_stopped_by_nested_tries(void **state)
{
    (void)state;
    end e = {0};
    run_to_its_end(exit_within_two_tries, &e);
    assert_false(e.went_on);
    assert_int_equal(atomic_load(&e.deferred), 3);
}

static void yield_in_between(void *arg)
{
    weft_yield();
    deferred_1(arg);
    weft_yield();
}

static void exit_with_a_parking_deferred_call(void *arg)
{
    weft_defer(yield_in_between, arg);
    weft_exit();
}

static void test_deferred_call_of_an_exit_may_park(void **state)
{
    (void)state;
    end e = {0};
    run_to_its_end(exit_with_a_parking_deferred_call, &e);
    assert_int_equal(atomic_load(&e.deferred), 1);
}

static void panic_now(void *arg)
{
    (void)arg;
    weft_panic("within the deferred call");
}

static void recover_in_between(void *arg)
{
    if (weft_try(panic_now, NULL, NULL) == 1) {
        deferred_2(arg);
    }
}

static void exit_with_a_recovering_deferred_call(void *arg)
{
    weft_defer(deferred_1, arg);
    weft_defer(recover_in_between, arg);
    weft_exit();
}

static void test_deferred_call_of_an_exit_may_recover_its_own_panic(void **state)
{
    (void)state;
    end e = {0};
    run_to_its_end(exit_with_a_recovering_deferred_call, &e);
    assert_int_equal(atomic_load(&e.deferred), 2);
    assert_int_equal(e.order[0], 2);
    assert_int_equal(e.order[1], 1);
}

typedef struct pair_of_ends {
    weft_waitgroup gate;
    weft_waitgroup ended;
    bool other_ran;
} pair_of_ends;

static void run_on(void *arg)
{
    pair_of_ends *const p = arg;
    weft_waitgroup_wait(&p->gate);
    p->other_ran = true;
}

static void just_exit(void *arg)
{
    (void)arg;
    weft_exit();
}

static void test_exit_does_not_stop_other_goroutines(void **state)
{
    (void)state;
    pair_of_ends p = {0};
    weft_waitgroup_add(&p.gate, 1);
    assert_int_equal(weft_waitgroup_go(&p.ended, run_on, &p), 0);
    weft_waitgroup exited = {0};
    assert_int_equal(weft_waitgroup_go(&exited, just_exit, NULL), 0);
    weft_waitgroup_wait(&exited);
    weft_waitgroup_done(&p.gate);
    weft_waitgroup_wait(&p.ended);
    assert_true(p.other_ran);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_exit_ends_the_goroutine),
        weft_unit_test(test_exit_ends_the_goroutine_from_a_deep_call),
        weft_unit_test(test_exit_runs_deferred_calls_last_first),
        weft_unit_test(test_exit_is_not_stopped_by_weft_try),
        weft_unit_test(test_exit_runs_deferred_calls_of_the_try_and_then_of_the_goroutine),
        weft_unit_test(test_exit_is_not_stopped_by_nested_tries),
        weft_unit_test(test_deferred_call_of_an_exit_may_park),
        weft_unit_test(test_deferred_call_of_an_exit_may_recover_its_own_panic),
        weft_unit_test(test_exit_does_not_stop_other_goroutines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
