/* waitgroup_test.c: waiting until a count is 0.
 *
 * Goal:   when wait returns, what is then visible, when the count may change, and that
 *         weft_waitgroup_go counts its goroutine whichever way that ends.
 * Source: sync.WaitGroup docs, also WaitGroup.Go; Go memory model. */
#include <weft/cmocka.h>

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

enum { FEW = 4 };

static void test_zero_initialised_wait_group_does_not_park(void **state)
{
    (void)state;
    weft_waitgroup group = {0};
    weft_waitgroup_wait(&group);
    weft_waitgroup_wait(&group);
}

static void test_wait_returns_when_the_count_is_back_to_zero(void **state)
{
    (void)state;
    weft_waitgroup group = {0};
    weft_waitgroup_add(&group, 3);
    weft_waitgroup_done(&group);
    weft_waitgroup_done(&group);
    weft_waitgroup_done(&group);
    weft_waitgroup_wait(&group);
}

static void test_add_takes_negative_numbers(void **state)
{
    (void)state;
    weft_waitgroup group = {0};
    weft_waitgroup_add(&group, 5);
    weft_waitgroup_add(&group, -4);
    weft_waitgroup_add(&group, -1);
    weft_waitgroup_wait(&group);
}

static void test_add_of_zero_changes_nothing(void **state)
{
    (void)state;
    weft_waitgroup group = {0};
    weft_waitgroup_add(&group, 0);
    weft_waitgroup_wait(&group);
}

typedef struct work {
    weft_waitgroup group;
    weft_waitgroup waiters;
    weft_waitgroup gate;
    atomic_int finished;
    int results[FEW];
    int sums[FEW];
} work;

static void work_and_finish(void *arg)
{
    work *const w = arg;
    weft_yield();
    atomic_fetch_add(&w->finished, 1);
    weft_waitgroup_done(&w->group);
}

static void test_wait_returns_after_every_done(void **state)
{
    (void)state;
    work w = {0};
    weft_waitgroup_add(&w.group, FEW);
    for (int i = 0; i < FEW; i++) {
        assert_int_equal(weft_go(work_and_finish, &w), 0);
    }
    weft_waitgroup_wait(&w.group);
    assert_int_equal(atomic_load(&w.finished), FEW);
}

typedef struct slot {
    work *work;
    int index;
} slot;

static void write_result(void *arg)
{
    const slot *const s = arg;
    s->work->results[s->index] = s->index + 1;
    weft_waitgroup_done(&s->work->group);
}

static void start_writers(work *w, slot *slots)
{
    weft_waitgroup_add(&w->group, FEW);
    for (int i = 0; i < FEW; i++) {
        slots[i] = (slot){.work = w, .index = i};
        assert_int_equal(weft_go(write_result, &slots[i]), 0);
    }
}

static int sum_of(const work *w)
{
    int sum = 0;
    for (int i = 0; i < FEW; i++) {
        sum += w->results[i];
    }
    return sum;
}

static void test_what_was_written_before_done_is_visible_after_wait(void **state)
{
    (void)state;
    work w = {0};
    slot slots[FEW];
    start_writers(&w, slots);
    weft_waitgroup_wait(&w.group);
    assert_int_equal(sum_of(&w), 10);
}

static void wait_and_sum(void *arg)
{
    const slot *const s = arg;
    weft_waitgroup_wait(&s->work->group);
    s->work->sums[s->index] = sum_of(s->work);
}

static void test_every_waiter_is_released(void **state)
{
    (void)state;
    work w = {0};
    slot slots[FEW];
    slot waiters[FEW];
    start_writers(&w, slots);
    for (int i = 0; i < FEW; i++) {
        waiters[i] = (slot){.work = &w, .index = i};
        assert_int_equal(weft_waitgroup_go(&w.waiters, wait_and_sum, &waiters[i]), 0);
    }
    weft_waitgroup_wait(&w.waiters);
    for (int i = 0; i < FEW; i++) {
        assert_int_equal(w.sums[i], 10);
    }
}

static void wait_then_finish(void *arg)
{
    work *const w = arg;
    weft_waitgroup_wait(&w->gate);
    atomic_fetch_add(&w->finished, 1);
}

static void test_wait_parks_while_the_count_is_not_zero(void **state)
{
    (void)state;
    work w = {0};
    weft_waitgroup_add(&w.gate, 2);
    for (int i = 0; i < FEW; i++) {
        assert_int_equal(weft_waitgroup_go(&w.waiters, wait_then_finish, &w), 0);
    }
    weft_yield();
    weft_waitgroup_done(&w.gate);
    weft_yield();
    assert_int_equal(atomic_load(&w.finished), 0);
    weft_waitgroup_done(&w.gate);
    weft_waitgroup_wait(&w.waiters);
    assert_int_equal(atomic_load(&w.finished), FEW);
}

static void test_wait_group_may_be_used_again(void **state)
{
    (void)state;
    work w = {0};
    for (int round = 1; round <= 3; round++) {
        weft_waitgroup_add(&w.group, 2);
        assert_int_equal(weft_go(work_and_finish, &w), 0);
        assert_int_equal(weft_go(work_and_finish, &w), 0);
        weft_waitgroup_wait(&w.group);
        assert_int_equal(atomic_load(&w.finished), 2 * round);
    }
}

static void add_one_more(void *arg)
{
    work *const w = arg;
    weft_waitgroup_add(&w->group, 1);
    assert_int_equal(weft_go(work_and_finish, w), 0);
    weft_waitgroup_done(&w->group);
}

static void test_goroutine_that_is_counted_may_add_others(void **state)
{
    (void)state;
    work w = {0};
    weft_waitgroup_add(&w.group, FEW);
    for (int i = 0; i < FEW; i++) {
        assert_int_equal(weft_go(add_one_more, &w), 0);
    }
    weft_waitgroup_wait(&w.group);
    assert_int_equal(atomic_load(&w.finished), FEW);
}

static void use_on_the_stack(work *w)
{
    weft_waitgroup group = {0};
    assert_int_equal(weft_waitgroup_go(&group, wait_then_finish, w), 0);
    weft_waitgroup_wait(&group);
}

static void test_memory_of_a_wait_group_may_be_used_again_after_wait(void **state)
{
    (void)state;
    work w = {0};
    for (int i = 0; i < 5; i++) {
        use_on_the_stack(&w);
    }
    assert_int_equal(atomic_load(&w.finished), 5);
}

static void test_wait_group_works_outside_of_goroutines(void **state)
{
    (void)state;
    weft_waitgroup group = {0};
    weft_waitgroup_add(&group, 2);
    weft_waitgroup_done(&group);
    weft_waitgroup_done(&group);
}

/* ---- Misuse ---- */

static void call_done(void *group)
{
    weft_waitgroup_done(group);
}

static void add_minus_two(void *group)
{
    weft_waitgroup_add(group, -2);
}

static void test_done_below_zero_panics(void **state)
{
    (void)state;
    weft_waitgroup group = {0};
    weft_panic_info info = {0};
    assert_int_equal(weft_try(call_done, &group, &info), 1);
    assert_true(strlen(info.message) > 0);
}

static void test_add_below_zero_panics(void **state)
{
    (void)state;
    weft_waitgroup group = {0};
    weft_waitgroup_add(&group, 1);
    assert_int_equal(weft_try(add_minus_two, &group, NULL), 1);
}

static void test_one_done_too_many_panics(void **state)
{
    (void)state;
    weft_waitgroup group = {0};
    weft_waitgroup_add(&group, 1);
    assert_int_equal(weft_try(call_done, &group, NULL), 0);
    assert_int_equal(weft_try(call_done, &group, NULL), 1);
}

/* ---- weft_waitgroup_go ---- */

static void finish(void *arg)
{
    weft_yield();
    atomic_fetch_add((atomic_int *)arg, 1);
}

static void test_go_counts_the_goroutine_until_it_ends(void **state)
{
    (void)state;
    weft_waitgroup group = {0};
    atomic_int finished = 0;
    for (int i = 0; i < FEW; i++) {
        assert_int_equal(weft_waitgroup_go(&group, finish, &finished), 0);
    }
    weft_waitgroup_wait(&group);
    assert_int_equal(atomic_load(&finished), FEW);
}

static void note_name(void *arg)
{
    *(const char **)arg = weft_name();
}

static void test_go_names_the_goroutine_after_its_function(void **state)
{
    (void)state;
    weft_waitgroup group = {0};
    const char *name = NULL;
    assert_int_equal(weft_waitgroup_go(&group, note_name, &name), 0);
    weft_waitgroup_wait(&group);
    assert_string_equal(name, "note_name");
}

static void test_go_with_takes_options(void **state)
{
    (void)state;
    weft_waitgroup group = {0};
    const char *name = NULL;
    const weft_go_options options = {.name = "named", .stack_size = 64 * 1024};
    assert_int_equal(weft_waitgroup_go_with(&group, &options, note_name, &name), 0);
    weft_waitgroup_wait(&group);
    assert_string_equal(name, "named");
}

static void finish_by_exit(void *arg)
{
    atomic_fetch_add((atomic_int *)arg, 1);
    weft_exit();
}

static void test_go_counts_down_when_the_function_exits(void **state)
{
    (void)state;
    weft_waitgroup group = {0};
    atomic_int finished = 0;
    assert_int_equal(weft_waitgroup_go(&group, finish_by_exit, &finished), 0);
    weft_waitgroup_wait(&group);
    assert_int_equal(atomic_load(&finished), 1);
}

static void panic_now(void *arg)
{
    (void)arg;
    weft_panic("panics");
}

static void finish_by_recovered_panic(void *arg)
{
    atomic_fetch_add((atomic_int *)arg, weft_try(panic_now, NULL, NULL));
}

static void test_go_counts_down_once_when_a_panic_was_recovered(void **state)
{
    (void)state;
    weft_waitgroup group = {0};
    atomic_int finished = 0;
    assert_int_equal(weft_waitgroup_go(&group, finish_by_recovered_panic, &finished), 0);
    assert_int_equal(weft_waitgroup_go(&group, finish, &finished), 0);
    weft_waitgroup_wait(&group);
    assert_int_equal(atomic_load(&finished), 2);
}

static void exit_now(void *arg)
{
    (void)arg;
    weft_exit();
}

static void finish_by_exit_in_try(void *arg)
{
    atomic_fetch_add((atomic_int *)arg, 1);
    (void)weft_try(exit_now, NULL, NULL);
    atomic_fetch_add((atomic_int *)arg, 1);
}

static void test_go_counts_down_when_the_function_exits_within_weft_try(void **state)
{
    (void)state;
    weft_waitgroup group = {0};
    atomic_int finished = 0;
    assert_int_equal(weft_waitgroup_go(&group, finish_by_exit_in_try, &finished), 0);
    weft_waitgroup_wait(&group);
    assert_int_equal(atomic_load(&finished), 1);
}

static void finish_in_a_deferred_call(void *arg)
{
    weft_defer(finish, arg);
}

static void finish_in_a_deferred_call_of_an_exit(void *arg)
{
    weft_defer(finish, arg);
    weft_exit();
}

/* As with `defer wg.Done()` in front of the function in Go. */
static void test_deferred_calls_have_run_when_wait_returns(void **state)
{
    (void)state;
    weft_waitgroup group = {0};
    static atomic_int finished; /* outlives the test, should this be wrong */
    assert_int_equal(weft_waitgroup_go(&group, finish_in_a_deferred_call, &finished), 0);
    weft_waitgroup_wait(&group);
    assert_int_equal(atomic_load(&finished), 1);
}

static void test_deferred_calls_of_an_exit_have_run_when_wait_returns(void **state)
{
    (void)state;
    weft_waitgroup group = {0};
    static atomic_int finished;
    assert_int_equal(weft_waitgroup_go(&group, finish_in_a_deferred_call_of_an_exit, &finished), 0);
    weft_waitgroup_wait(&group);
    assert_int_equal(atomic_load(&finished), 1);
}

typedef struct nested {
    weft_waitgroup *group;
    atomic_int *finished;
} nested;

static void start_another(void *arg)
{
    const nested *const n = arg;
    assert_int_equal(weft_waitgroup_go(n->group, finish, n->finished), 0);
}

static void test_counted_goroutine_may_start_others_in_the_same_group(void **state)
{
    (void)state;
    weft_waitgroup group = {0};
    atomic_int finished = 0;
    nested n = {.group = &group, .finished = &finished};
    assert_int_equal(weft_waitgroup_go(&group, start_another, &n), 0);
    assert_int_equal(weft_waitgroup_go(&group, start_another, &n), 0);
    weft_waitgroup_wait(&group);
    assert_int_equal(atomic_load(&finished), 2);
}

static void test_failed_go_leaves_the_count_as_it_was(void **state)
{
    (void)state;
    weft_waitgroup group = {0};
    const weft_go_options options = {.name = "huge", .stack_size = SIZE_MAX / 2};
    assert_true(weft_waitgroup_go_with(&group, &options, exit_now, NULL) < 0);
    weft_waitgroup_wait(&group);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_zero_initialised_wait_group_does_not_park),
        weft_unit_test(test_wait_returns_when_the_count_is_back_to_zero),
        weft_unit_test(test_add_takes_negative_numbers),
        weft_unit_test(test_add_of_zero_changes_nothing),
        weft_unit_test(test_wait_returns_after_every_done),
        weft_unit_test(test_what_was_written_before_done_is_visible_after_wait),
        weft_unit_test(test_every_waiter_is_released),
        weft_unit_test(test_wait_parks_while_the_count_is_not_zero),
        weft_unit_test(test_wait_group_may_be_used_again),
        weft_unit_test(test_goroutine_that_is_counted_may_add_others),
        weft_unit_test(test_memory_of_a_wait_group_may_be_used_again_after_wait),
        cmocka_unit_test(test_wait_group_works_outside_of_goroutines),
        weft_unit_test(test_done_below_zero_panics),
        weft_unit_test(test_add_below_zero_panics),
        weft_unit_test(test_one_done_too_many_panics),
        weft_unit_test(test_go_counts_the_goroutine_until_it_ends),
        weft_unit_test(test_go_names_the_goroutine_after_its_function),
        weft_unit_test(test_go_with_takes_options),
        weft_unit_test(test_go_counts_down_when_the_function_exits),
        weft_unit_test(test_go_counts_down_once_when_a_panic_was_recovered),
        weft_unit_test(test_go_counts_down_when_the_function_exits_within_weft_try),
        weft_unit_test(test_deferred_calls_have_run_when_wait_returns),
        weft_unit_test(test_deferred_calls_of_an_exit_have_run_when_wait_returns),
        weft_unit_test(test_counted_goroutine_may_start_others_in_the_same_group),
        weft_unit_test(test_failed_go_leaves_the_count_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
