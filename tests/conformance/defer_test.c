/* defer_test.c: weft_defer. Scopes of C blocks: scope_test.c.
 *
 * Goal:   when deferred calls run, in which order, and what becomes of a panic in one.
 * Source: Go spec, "Defer statements" and "Handling panics"; weft.h, "Panics, deferred calls". */
#include <weft/cmocka.h>

#include <string.h>

/* What has been done, in order, one letter each. */
typedef struct trail {
    char letters[16];
} trail;

static void leave(trail *t, char letter)
{
    const size_t length = strlen(t->letters);
    assert_true(length < sizeof t->letters - 1);
    t->letters[length] = letter;
}

static void leave_a(void *arg)
{
    leave(arg, 'a');
}

static void leave_b(void *arg)
{
    leave(arg, 'b');
}

static void leave_c(void *arg)
{
    leave(arg, 'c');
}

typedef struct run {
    weft_fn *fn;
    trail *trail;
    weft_waitgroup ended;
} run;

static void call_done(void *group)
{
    weft_waitgroup_done(group);
}

static void run_then_done(void *arg)
{
    run *const r = arg;
    weft_defer(call_done, &r->ended); /* deferred first: runs last */
    r->fn(r->trail);
}

/* To its end, also if that is by weft_exit. */
static void run_in_goroutine(weft_fn *fn, trail *t)
{
    run r = {.fn = fn, .trail = t};
    weft_waitgroup_add(&r.ended, 1);
    assert_int_equal(weft_go(run_then_done, &r), 0);
    weft_waitgroup_wait(&r.ended);
}

static void run_in_try(weft_fn *fn, trail *t, int expected)
{
    assert_int_equal(weft_try(fn, t, NULL), expected);
}

static void defer_three(void *arg)
{
    weft_defer(leave_a, arg);
    weft_defer(leave_b, arg);
    weft_defer(leave_c, arg);
    leave(arg, '.');
}

static void test_deferred_calls_run_when_the_try_ends_last_first(void **state)
{
    (void)state;
    trail t = {0};
    run_in_try(defer_three, &t, 0);
    assert_string_equal(t.letters, ".cba");
}

static void test_deferred_calls_run_when_the_goroutine_ends_last_first(void **state)
{
    (void)state;
    trail t = {0};
    run_in_goroutine(defer_three, &t);
    assert_string_equal(t.letters, ".cba");
}

static void defer_and_panic(void *arg)
{
    defer_three(arg);
    weft_panic("deferred");
}

static void test_deferred_calls_run_when_the_try_panics_last_first(void **state)
{
    (void)state;
    trail t = {0};
    run_in_try(defer_and_panic, &t, 1);
    assert_string_equal(t.letters, ".cba");
}

static void defer_and_exit(void *arg)
{
    defer_three(arg);
    weft_exit();
}

static void test_deferred_calls_run_when_the_goroutine_exits_last_first(void **state)
{
    (void)state;
    trail t = {0};
    run_in_goroutine(defer_and_exit, &t);
    assert_string_equal(t.letters, ".cba");
}

static void defer_in_a_function(trail *t)
{
    weft_defer(leave_a, t);
    leave(t, '1');
}

static void defer_further_down(void *arg)
{
    defer_in_a_function(arg);
    leave(arg, '2');
}

static void test_deferred_call_does_not_run_when_the_c_function_returns(void **state)
{
    (void)state;
    trail t = {0};
    run_in_try(defer_further_down, &t, 0);
    assert_string_equal(t.letters, "12a");
}

static void defer_in_a_loop(void *arg)
{
    for (int i = 0; i < 5; i++) {
        weft_defer(i % 2 == 0 ? leave_a : leave_b, arg);
    }
}

static void test_each_turn_of_a_loop_defers_a_call(void **state)
{
    (void)state;
    trail t = {0};
    run_in_try(defer_in_a_loop, &t, 0);
    assert_string_equal(t.letters, "ababa");
}

static void defer_inner(void *arg)
{
    weft_defer(leave_b, arg);
    leave(arg, '1');
}

static void defer_outer(void *arg)
{
    weft_defer(leave_a, arg);
    (void)weft_try(defer_inner, arg, NULL);
    leave(arg, '2');
}

static void test_inner_try_runs_only_its_own_deferred_calls(void **state)
{
    (void)state;
    trail t = {0};
    run_in_try(defer_outer, &t, 0);
    assert_string_equal(t.letters, "1b2a");
}

static void defer_inner_and_panic(void *arg)
{
    weft_defer(leave_b, arg);
    weft_panic("inner");
}

static void defer_outer_and_recover(void *arg)
{
    weft_defer(leave_a, arg);
    if (weft_try(defer_inner_and_panic, arg, NULL) == 1) {
        leave(arg, 'r');
    }
}

static void test_panic_runs_only_the_deferred_calls_up_to_the_try_that_catches_it(void **state)
{
    (void)state;
    trail t = {0};
    run_in_try(defer_outer_and_recover, &t, 0);
    assert_string_equal(t.letters, "bra");
}

static void defer_another(void *arg)
{
    weft_defer(leave_c, arg);
    leave(arg, 'b');
}

static void defer_one_that_defers(void *arg)
{
    weft_defer(leave_a, arg);
    weft_defer(defer_another, arg);
}

static void test_deferred_call_may_defer_another(void **state)
{
    (void)state;
    trail t = {0};
    run_in_try(defer_one_that_defers, &t, 0);
    assert_string_equal(t.letters, "bca");
}

static void yield_and_leave_b(void *arg)
{
    weft_yield();
    leave(arg, 'b');
    weft_yield();
}

static void defer_one_that_parks(void *arg)
{
    weft_defer(leave_a, arg);
    weft_defer(yield_and_leave_b, arg);
    weft_panic("parks");
}

static void test_deferred_call_may_park_during_a_panic(void **state)
{
    (void)state;
    trail t = {0};
    run_in_try(defer_one_that_parks, &t, 1);
    assert_string_equal(t.letters, "ba");
}

/* ---- Panics in deferred calls ---- */

static void panic_second(void *arg)
{
    (void)arg;
    weft_panic("second");
}

static void panic_third(void *arg)
{
    (void)arg;
    weft_panic("third");
}

static void defer_panic_and_return(void *arg)
{
    weft_defer(leave_a, arg);
    weft_defer(panic_second, arg);
    weft_defer(leave_b, arg);
}

static void test_panic_in_a_deferred_call_makes_the_try_fail(void **state)
{
    (void)state;
    trail t = {0};
    weft_panic_info info = {0};
    assert_int_equal(weft_try(defer_panic_and_return, &t, &info), 1);
    assert_string_equal(info.message, "second");
}

static void test_panic_in_a_deferred_call_does_not_keep_the_others_from_running(void **state)
{
    (void)state;
    trail t = {0};
    run_in_try(defer_panic_and_return, &t, 1);
    assert_string_equal(t.letters, "ba");
}

static void defer_panic_and_panic(void *arg)
{
    defer_panic_and_return(arg);
    weft_panic("first");
}

static void test_panic_in_a_deferred_call_replaces_the_first_one(void **state)
{
    (void)state;
    trail t = {0};
    weft_panic_info info = {0};
    assert_int_equal(weft_try(defer_panic_and_panic, &t, &info), 1);
    assert_string_equal(info.message, "second");
    assert_string_equal(t.letters, "ba");
}

static void defer_two_panics(void *arg)
{
    weft_defer(leave_a, arg);
    weft_defer(panic_third, arg);
    weft_defer(panic_second, arg);
    weft_panic("first");
}

static void test_last_of_several_panics_is_reported(void **state)
{
    (void)state;
    trail t = {0};
    weft_panic_info info = {0};
    assert_int_equal(weft_try(defer_two_panics, &t, &info), 1);
    assert_string_equal(info.message, "third");
    assert_string_equal(t.letters, "a");
}

static void recover_within(void *arg)
{
    if (weft_try(panic_second, NULL, NULL) == 1) {
        leave(arg, 'r');
    }
}

static void defer_recovery_and_panic(void *arg)
{
    weft_defer(leave_a, arg);
    weft_defer(recover_within, arg);
    weft_panic("first");
}

static void test_panic_recovered_within_a_deferred_call_does_not_replace_the_first_one(void **state)
{
    (void)state;
    trail t = {0};
    weft_panic_info info = {0};
    assert_int_equal(weft_try(defer_recovery_and_panic, &t, &info), 1);
    assert_string_equal(info.message, "first");
    assert_string_equal(t.letters, "ra");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_deferred_calls_run_when_the_try_ends_last_first),
        weft_unit_test(test_deferred_calls_run_when_the_goroutine_ends_last_first),
        weft_unit_test(test_deferred_calls_run_when_the_try_panics_last_first),
        weft_unit_test(test_deferred_calls_run_when_the_goroutine_exits_last_first),
        weft_unit_test(test_deferred_call_does_not_run_when_the_c_function_returns),
        weft_unit_test(test_each_turn_of_a_loop_defers_a_call),
        weft_unit_test(test_inner_try_runs_only_its_own_deferred_calls),
        weft_unit_test(test_panic_runs_only_the_deferred_calls_up_to_the_try_that_catches_it),
        weft_unit_test(test_deferred_call_may_defer_another),
        weft_unit_test(test_deferred_call_may_park_during_a_panic),
        weft_unit_test(test_panic_in_a_deferred_call_makes_the_try_fail),
        weft_unit_test(test_panic_in_a_deferred_call_does_not_keep_the_others_from_running),
        weft_unit_test(test_panic_in_a_deferred_call_replaces_the_first_one),
        weft_unit_test(test_last_of_several_panics_is_reported),
        weft_unit_test(test_panic_recovered_within_a_deferred_call_does_not_replace_the_first_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
