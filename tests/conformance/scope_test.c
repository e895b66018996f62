/* scope_test.c: WEFT_DEFER and WEFT_LOCKED.
 *
 * Goal:   the call is made, or the mutex unlocked, whichever way the block is left; and scopes get
 *         along with weft_defer and weft_try.
 * Source: weft.h, "Panics, deferred calls". */
#include <weft/cmocka.h>

#include <string.h>

/* What has been done, in order, one letter each. */
typedef struct trail {
    char letters[16];
    weft_mutex mutex;
    bool seen;
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

static void panic_now(void *arg)
{
    (void)arg;
    weft_panic("now");
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

/* ---- WEFT_DEFER ---- */

static void leave_the_block_at_its_end(void *arg)
{
    {
        WEFT_DEFER(leave_a, arg);
        leave(arg, '1');
    }
    leave(arg, '2');
}

static void test_scope_ends_with_its_block(void **state)
{
    (void)state;
    trail t = {0};
    leave_the_block_at_its_end(&t);
    assert_string_equal(t.letters, "1a2");
}

static void two_scopes(void *arg)
{
    WEFT_DEFER(leave_a, arg);
    WEFT_DEFER(leave_b, arg);
    leave(arg, '.');
}

static void test_scopes_of_a_block_end_last_first(void **state)
{
    (void)state;
    trail t = {0};
    two_scopes(&t);
    assert_string_equal(t.letters, ".ba");
}

static int return_from_the_block(trail *t, bool early)
{
    WEFT_DEFER(leave_a, t);
    if (early) {
        return 1;
    }
    leave(t, '.');
    return 2;
}

static void test_scope_ends_by_return(void **state)
{
    (void)state;
    trail t = {0};
    assert_int_equal(return_from_the_block(&t, true), 1);
    assert_string_equal(t.letters, "a");
    assert_int_equal(return_from_the_block(&t, false), 2);
    assert_string_equal(t.letters, "a.a");
}

static void test_scope_ends_by_break(void **state)
{
    (void)state;
    trail t = {0};
    for (int i = 0; i < 3; i++) {
        WEFT_DEFER(leave_a, &t);
        if (i == 1) {
            break;
        }
        leave(&t, '.');
    }
    assert_string_equal(t.letters, ".aa");
}

static void test_scope_ends_by_continue(void **state)
{
    (void)state;
    trail t = {0};
    for (int i = 0; i < 3; i++) {
        WEFT_DEFER(leave_a, &t);
        if (i == 1) {
            continue;
        }
        leave(&t, '.');
    }
    assert_string_equal(t.letters, ".aa.a");
}

static void test_scope_ends_by_goto(void **state)
{
    (void)state;
    trail t = {0};
    {
        WEFT_DEFER(leave_a, &t);
        if (t.letters[0] == '\0') {
            goto out;
        }
        leave(&t, '.');
    }
out:
    leave(&t, '2');
    assert_string_equal(t.letters, "a2");
}

static void panic_in_the_block(void *arg)
{
    WEFT_DEFER(leave_a, arg);
    panic_now(arg);
}

static void test_scope_ends_by_panic(void **state)
{
    (void)state;
    trail t = {0};
    run_in_try(panic_in_the_block, &t, 1);
    assert_string_equal(t.letters, "a");
}

static void exit_in_the_block(void *arg)
{
    WEFT_DEFER(leave_a, arg);
    weft_exit();
}

static void test_scope_ends_by_exit(void **state)
{
    (void)state;
    trail t = {0};
    run_in_goroutine(exit_in_the_block, &t);
    assert_string_equal(t.letters, "a");
}

/* To the compiler, one that may return. */
static void panic_if(bool wanted)
{
    if (wanted) {
        weft_panic("wanted");
    }
}

static void recurse_with_scopes(trail *t, int depth)
{
    WEFT_DEFER(depth % 2 == 0 ? leave_a : leave_b, t);
    if (depth > 0) {
        recurse_with_scopes(t, depth - 1);
    }
    panic_if(depth == 0);
}

static void panic_through_scopes(void *arg)
{
    recurse_with_scopes(arg, 4);
}

static void test_panic_ends_the_scopes_of_all_functions_that_it_leaves(void **state)
{
    (void)state;
    trail t = {0};
    run_in_try(panic_through_scopes, &t, 1);
    assert_string_equal(t.letters, "ababa");
}

static void scope_and_defer(void *arg)
{
    weft_defer(leave_a, arg);
    {
        WEFT_DEFER(leave_b, arg);
        weft_defer(leave_c, arg);
        leave(arg, '1');
    }
    leave(arg, '2');
}

static void test_weft_defer_within_a_scope_outlives_it(void **state)
{
    (void)state;
    trail t = {0};
    run_in_try(scope_and_defer, &t, 0);
    assert_string_equal(t.letters, "1b2ca");
}

static void scope_defer_and_panic(void *arg)
{
    weft_defer(leave_a, arg);
    WEFT_DEFER(leave_b, arg);
    weft_defer(leave_c, arg);
    weft_panic("mixed");
}

static void test_panic_runs_scopes_and_deferred_calls_last_first(void **state)
{
    (void)state;
    trail t = {0};
    run_in_try(scope_defer_and_panic, &t, 1);
    assert_string_equal(t.letters, "cba");
}

static void scope_around_try(void *arg)
{
    WEFT_DEFER(leave_a, arg);
    if (weft_try(panic_in_the_block, arg, NULL) == 1) {
        leave(arg, 'r');
    }
}

static void test_scope_around_a_try_goes_on_after_the_panic(void **state)
{
    (void)state;
    trail t = {0};
    scope_around_try(&t);
    assert_string_equal(t.letters, "ara");
}

static void panic_at_the_end_of_the_scope(void *arg)
{
    WEFT_DEFER(leave_a, arg);
    WEFT_DEFER(panic_now, arg);
    leave(arg, '.');
}

static void test_scope_may_end_with_a_panic(void **state)
{
    (void)state;
    trail t = {0};
    run_in_try(panic_at_the_end_of_the_scope, &t, 1);
    assert_string_equal(t.letters, ".a");
}

/* ---- WEFT_LOCKED ---- */

static bool is_locked(trail *t)
{
    const bool taken = weft_mutex_try_lock(&t->mutex);
    if (taken) {
        weft_mutex_unlock(&t->mutex);
    }
    return !taken;
}

static void test_locked_holds_the_mutex_to_the_end_of_the_block(void **state)
{
    (void)state;
    trail t = {0};
    {
        WEFT_LOCKED(&t.mutex);
        assert_true(is_locked(&t));
    }
    assert_false(is_locked(&t));
}

static bool return_locked(trail *t)
{
    WEFT_LOCKED(&t->mutex);
    return is_locked(t);
}

static void test_locked_ends_by_return(void **state)
{
    (void)state;
    trail t = {0};
    assert_true(return_locked(&t));
    assert_false(is_locked(&t));
}

static void test_locked_ends_by_break(void **state)
{
    (void)state;
    trail t = {0};
    for (;;) {
        WEFT_LOCKED(&t.mutex);
        t.seen = is_locked(&t);
        break;
    }
    assert_true(t.seen);
    assert_false(is_locked(&t));
}

static void panic_locked(void *arg)
{
    trail *const t = arg;
    WEFT_LOCKED(&t->mutex);
    t->seen = is_locked(t);
    weft_panic("locked");
}

static void test_locked_ends_by_panic(void **state)
{
    (void)state;
    trail t = {0};
    run_in_try(panic_locked, &t, 1);
    assert_true(t.seen);
    assert_false(is_locked(&t));
}

static void exit_locked(void *arg)
{
    trail *const t = arg;
    WEFT_LOCKED(&t->mutex);
    t->seen = is_locked(t);
    weft_exit();
}

static void test_locked_ends_by_exit(void **state)
{
    (void)state;
    trail t = {0};
    run_in_goroutine(exit_locked, &t);
    assert_true(t.seen);
    assert_false(is_locked(&t));
}

typedef struct counter {
    weft_mutex mutex;
    int value;
} counter;

static void count_locked(void *arg)
{
    counter *const c = arg;
    for (int i = 0; i < 4; i++) {
        WEFT_LOCKED(&c->mutex);
        const int before = c->value;
        weft_yield();
        c->value = before + 1;
    }
}

static void test_locked_excludes(void **state)
{
    (void)state;
    counter c = {0};
    weft_waitgroup ended = {0};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(weft_waitgroup_go(&ended, count_locked, &c), 0);
    }
    weft_waitgroup_wait(&ended);
    assert_int_equal(c.value, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_scope_ends_with_its_block),
        weft_unit_test(test_scopes_of_a_block_end_last_first),
        weft_unit_test(test_scope_ends_by_return),
        weft_unit_test(test_scope_ends_by_break),
        weft_unit_test(test_scope_ends_by_continue),
        weft_unit_test(test_scope_ends_by_goto),
        weft_unit_test(test_scope_ends_by_panic),
        weft_unit_test(test_scope_ends_by_exit),
        weft_unit_test(test_panic_ends_the_scopes_of_all_functions_that_it_leaves),
        weft_unit_test(test_weft_defer_within_a_scope_outlives_it),
        weft_unit_test(test_panic_runs_scopes_and_deferred_calls_last_first),
        weft_unit_test(test_scope_around_a_try_goes_on_after_the_panic),
        weft_unit_test(test_scope_may_end_with_a_panic),
        weft_unit_test(test_locked_holds_the_mutex_to_the_end_of_the_block),
        weft_unit_test(test_locked_ends_by_return),
        weft_unit_test(test_locked_ends_by_break),
        weft_unit_test(test_locked_ends_by_panic),
        weft_unit_test(test_locked_ends_by_exit),
        weft_unit_test(test_locked_excludes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
