/* context_test.c: cancellation. Deadlines are in deadline_test.c.
 *
 * Goal:   who is cancelled when, what done and err then say, and who may release what in which
 *         order.
 * Source: context package docs: WithCancel, Context.Done, Context.Err. */
#include <weft/cmocka.h>

#include <errno.h>
#include <stdatomic.h>

enum { FEW = 4, MANY = 32 };

static weft_context *child_of(weft_context *parent)
{
    weft_context *const context = weft_context_with_cancel(parent);
    assert_non_null(context);
    return context;
}

static void check_alive(weft_context *context)
{
    assert_int_equal(weft_context_err(context), 0);
    assert_int_equal(weft_chan_try_recv(weft_context_done(context), NULL), -EAGAIN);
}

static void check_cancelled(weft_context *context)
{
    assert_int_equal(weft_chan_try_recv(weft_context_done(context), NULL), -EPIPE);
    assert_int_equal(weft_context_err(context), -ECANCELED);
}

/* ---- The background ---- */

static void test_background_has_no_done_channel_no_error_and_no_deadline(void **state)
{
    (void)state;
    int64_t deadline_ns = 42;
    assert_null(weft_context_done(NULL));
    assert_int_equal(weft_context_err(NULL), 0);
    assert_false(weft_context_deadline(NULL, &deadline_ns));
    assert_int_equal(deadline_ns, 42);
}

static void test_background_ignores_cancel_and_release(void **state)
{
    (void)state;
    weft_context_cancel(NULL);
    weft_context_release(NULL);
    assert_int_equal(weft_context_err(NULL), 0);
}

static void test_select_on_the_background_is_never_ready(void **state)
{
    (void)state;
    weft_case cases[] = {WEFT_RECV(weft_context_done(NULL), NULL), WEFT_DEFAULT};
    assert_int_equal(weft_select(cases, 2), 1);
}

/* ---- One context ---- */

static void test_new_context_is_not_cancelled(void **state)
{
    (void)state;
    weft_context *const context = child_of(NULL);
    check_alive(context);
    weft_context_release(context);
}

static void test_cancel_closes_done_and_sets_the_error(void **state)
{
    (void)state;
    weft_context *const context = child_of(NULL);
    weft_context_cancel(context);
    check_cancelled(context);
    weft_context_release(context);
}

static void test_second_cancel_changes_nothing(void **state)
{
    (void)state;
    weft_context *const context = child_of(NULL);
    weft_context_cancel(context);
    weft_context_cancel(context);
    check_cancelled(context);
    weft_context_release(context);
}

static void test_done_is_always_the_same_channel(void **state)
{
    (void)state;
    weft_context *const context = child_of(NULL);
    weft_chan *const done = weft_context_done(context);
    assert_non_null(done);
    assert_ptr_equal(weft_context_done(context), done);
    weft_context_cancel(context);
    assert_ptr_equal(weft_context_done(context), done);
    weft_context_release(context);
}

static void test_done_is_an_unbuffered_channel(void **state)
{
    (void)state;
    weft_context *const context = child_of(NULL);
    assert_int_equal(weft_chan_cap(weft_context_done(context)), 0);
    assert_int_equal(weft_chan_len(weft_context_done(context)), 0);
    weft_context_release(context);
}

static void test_done_can_be_received_from_any_number_of_times(void **state)
{
    (void)state;
    weft_context *const context = child_of(NULL);
    weft_context_cancel(context);
    for (int i = 0; i < 5; i++) {
        assert_false(weft_chan_recv(weft_context_done(context), NULL));
    }
    weft_context_release(context);
}

static void test_context_without_deadline_has_none(void **state)
{
    (void)state;
    weft_context *const context = child_of(NULL);
    int64_t deadline_ns = 42;
    assert_false(weft_context_deadline(context, &deadline_ns));
    assert_int_equal(deadline_ns, 42);
    weft_context_release(context);
}

static void test_release_cancels(void **state)
{
    (void)state;
    weft_context *const context = child_of(NULL);
    weft_chan *const done = weft_chan_retain(weft_context_done(context));
    weft_context_release(context);
    assert_int_equal(weft_chan_try_recv(done, NULL), -EPIPE);
    weft_chan_release(done);
}

static void test_context_works_outside_of_goroutines(void **state)
{
    (void)state;
    weft_context *const context = child_of(NULL);
    weft_context *const child = child_of(context);
    assert_int_equal(weft_context_err(child), 0);
    weft_context_cancel(context);
    assert_int_equal(weft_context_err(child), -ECANCELED);
    weft_context_release(child);
    weft_context_release(context);
}

/* ---- Parents and children ---- */

static void test_child_is_cancelled_with_its_parent(void **state)
{
    (void)state;
    weft_context *const parent = child_of(NULL);
    weft_context *const child = child_of(parent);
    weft_context_cancel(parent);
    check_cancelled(child);
    weft_context_release(child);
    weft_context_release(parent);
}

static void test_parent_lives_on_when_its_child_is_cancelled(void **state)
{
    (void)state;
    weft_context *const parent = child_of(NULL);
    weft_context *const child = child_of(parent);
    weft_context_cancel(child);
    check_cancelled(child);
    check_alive(parent);
    weft_context_release(child);
    weft_context_release(parent);
}

static void test_siblings_live_on_when_a_child_is_cancelled(void **state)
{
    (void)state;
    weft_context *const parent = child_of(NULL);
    weft_context *children[3];
    for (int i = 0; i < 3; i++) {
        children[i] = child_of(parent);
    }
    weft_context_cancel(children[1]);
    check_alive(children[0]);
    check_cancelled(children[1]);
    check_alive(children[2]);
    for (int i = 0; i < 3; i++) {
        weft_context_release(children[i]);
    }
    weft_context_release(parent);
}

static void test_siblings_live_on_when_a_child_is_released(void **state)
{
    (void)state;
    weft_context *const parent = child_of(NULL);
    weft_context *const first = child_of(parent);
    weft_context *const second = child_of(parent);
    weft_context *const third = child_of(parent);
    weft_context_release(second);
    check_alive(first);
    check_alive(third);
    weft_context_cancel(parent);
    check_cancelled(first);
    check_cancelled(third);
    weft_context_release(first);
    weft_context_release(third);
    weft_context_release(parent);
}

static void test_child_of_a_cancelled_parent_is_cancelled_from_birth(void **state)
{
    (void)state;
    weft_context *const parent = child_of(NULL);
    weft_context_cancel(parent);
    weft_context *const child = child_of(parent);
    check_cancelled(child);
    weft_context_release(child);
    weft_context_release(parent);
}

static void test_all_children_are_cancelled(void **state)
{
    (void)state;
    weft_context *const parent = child_of(NULL);
    weft_context *children[MANY];
    for (int i = 0; i < MANY; i++) {
        children[i] = child_of(parent);
    }
    weft_context_cancel(parent);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(weft_context_err(children[i]), -ECANCELED);
        weft_context_release(children[i]);
    }
    weft_context_release(parent);
}

static void test_cancel_returns_when_all_descendants_are_cancelled(void **state)
{
    (void)state;
    weft_context *line[MANY];
    weft_context *parent = NULL;
    for (int i = 0; i < MANY; i++) {
        line[i] = child_of(parent);
        parent = line[i];
    }
    weft_context_cancel(line[0]);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(weft_context_err(line[i]), -ECANCELED);
        weft_context_release(line[i]);
    }
}

static void test_cancel_in_the_middle_spares_those_above(void **state)
{
    (void)state;
    weft_context *const top = child_of(NULL);
    weft_context *const middle = child_of(top);
    weft_context *const bottom = child_of(middle);
    weft_context_cancel(middle);
    check_alive(top);
    check_cancelled(middle);
    check_cancelled(bottom);
    weft_context_release(bottom);
    weft_context_release(middle);
    weft_context_release(top);
}

static void test_parent_may_be_released_before_its_child(void **state)
{
    (void)state;
    weft_context *const parent = child_of(NULL);
    weft_context *const child = child_of(parent);
    weft_context_release(parent);
    check_cancelled(child);
    weft_context *const grandchild = child_of(child);
    check_cancelled(grandchild);
    weft_context_release(child);
    weft_context_release(grandchild);
}

static void test_child_may_be_released_before_its_parent(void **state)
{
    (void)state;
    weft_context *const parent = child_of(NULL);
    weft_context *const child = child_of(parent);
    weft_context_release(child);
    check_alive(parent);
    weft_context_cancel(parent);
    check_cancelled(parent);
    weft_context_release(parent);
}

/* ---- Several goroutines ---- */

typedef struct shared {
    weft_context *context;
    weft_context *child;
    weft_waitgroup ended;
    weft_chan *work;
    atomic_int woken;
    atomic_int wrong;
    int value;
    int seen;
} shared;

static void start(shared *s, weft_fn *fn)
{
    const weft_go_options options = {.name = "party"};
    assert_int_equal(weft_waitgroup_go_with(&s->ended, &options, fn, s), 0);
}

static void wait_for_done(void *arg)
{
    shared *const s = arg;
    atomic_fetch_add(&s->wrong, weft_chan_recv(weft_context_done(s->context), NULL));
    atomic_fetch_add(&s->woken, 1);
    atomic_fetch_add(&s->wrong, weft_context_err(s->context) != -ECANCELED);
}

static void test_cancel_wakes_all_who_wait_for_done(void **state)
{
    (void)state;
    shared s = {.context = child_of(NULL)};
    for (int i = 0; i < FEW; i++) {
        start(&s, wait_for_done);
    }
    weft_context_cancel(s.context);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.woken), FEW);
    assert_int_equal(atomic_load(&s.wrong), 0);
    weft_context_release(s.context);
}

static void look_after_done(void *arg)
{
    shared *const s = arg;
    weft_chan_recv(weft_context_done(s->context), NULL);
    s->seen = s->value;
}

static void test_what_was_written_before_cancel_is_visible_after_done(void **state)
{
    (void)state;
    shared s = {.context = child_of(NULL)};
    start(&s, look_after_done);
    s.value = 42;
    weft_context_cancel(s.context);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.seen, 42);
    weft_context_release(s.context);
}

static void look_after_err(void *arg)
{
    shared *const s = arg;
    s->seen = weft_context_err(s->context) == 0 ? 42 : s->value;
}

static void test_what_was_written_before_cancel_is_visible_after_err(void **state)
{
    (void)state;
    shared s = {.context = child_of(NULL)};
    start(&s, look_after_err);
    s.value = 42;
    weft_context_cancel(s.context);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.seen, 42);
    weft_context_release(s.context);
}

static void compare_err_and_done(void *arg)
{
    shared *const s = arg;
    for (int i = 0; i < 5; i++) {
        const bool err = weft_context_err(s->child) != 0;
        const bool closed = weft_chan_try_recv(weft_context_done(s->child), NULL) == -EPIPE;
        const bool err_after = weft_context_err(s->child) != 0;
        atomic_fetch_add(&s->wrong, (err && !closed) || (closed && !err_after));
    }
}

static void test_err_is_set_exactly_when_done_is_closed(void **state)
{
    (void)state;
    shared s = {.context = child_of(NULL)};
    s.child = child_of(s.context);
    start(&s, compare_err_and_done);
    start(&s, compare_err_and_done);
    weft_context_cancel(s.context);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.wrong), 0);
    weft_context_release(s.child);
    weft_context_release(s.context);
}

static void cancel_and_look(void *arg)
{
    shared *const s = arg;
    weft_context_cancel(s->context);
    atomic_fetch_add(&s->wrong, weft_context_err(s->context) != -ECANCELED);
    atomic_fetch_add(&s->wrong, weft_context_err(s->child) != -ECANCELED);
}

static void test_each_of_several_cancels_returns_when_all_descendants_are_cancelled(void **state)
{
    (void)state;
    shared s = {.context = child_of(NULL)};
    s.child = child_of(s.context);
    start(&s, cancel_and_look);
    start(&s, cancel_and_look);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.wrong), 0);
    weft_context_release(s.child);
    weft_context_release(s.context);
}

static void cancel_child_and_look(void *arg)
{
    shared *const s = arg;
    weft_context_cancel(s->child);
    atomic_fetch_add(&s->wrong, weft_context_err(s->child) != -ECANCELED);
}

static void test_parent_and_child_may_be_cancelled_at_the_same_time(void **state)
{
    (void)state;
    shared s = {.context = child_of(NULL)};
    s.child = child_of(s.context);
    start(&s, cancel_child_and_look);
    start(&s, cancel_and_look);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.wrong), 0);
    weft_context_release(s.child);
    weft_context_release(s.context);
}

static void have_a_child(void *arg)
{
    shared *const s = arg;
    weft_context *const child = weft_context_with_cancel(s->context);
    assert_non_null(child);
    weft_chan_recv(weft_context_done(child), NULL);
    atomic_fetch_add(&s->woken, weft_context_err(child) == -ECANCELED);
    weft_context_release(child);
}

static void test_child_made_while_the_parent_is_cancelled_is_cancelled(void **state)
{
    (void)state;
    shared s = {.context = child_of(NULL)};
    start(&s, have_a_child);
    start(&s, have_a_child);
    weft_context_cancel(s.context);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.woken), 2);
    weft_context_release(s.context);
}

static void have_a_grandchild(void *arg)
{
    shared *const s = arg;
    weft_context *const child = weft_context_with_cancel(s->context);
    weft_context *const grandchild = weft_context_with_cancel(child);
    assert_non_null(grandchild);
    weft_context_release(child);
    atomic_fetch_add(&s->woken, weft_context_err(grandchild) == -ECANCELED);
    weft_context_release(grandchild);
}

static void test_children_come_and_go_while_the_parent_is_cancelled(void **state)
{
    (void)state;
    shared s = {.context = child_of(NULL)};
    for (int i = 0; i < FEW; i++) {
        start(&s, have_a_grandchild);
    }
    weft_context_cancel(s.context);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.woken), FEW);
    weft_context_release(s.context);
}

static void work_until_done(void *arg)
{
    shared *const s = arg;
    for (;;) {
        int item = 0;
        weft_case cases[] = {
            WEFT_RECV(weft_context_done(s->context), NULL),
            WEFT_RECV(s->work, &item),
        };
        if (weft_select(cases, 2) == 0) {
            return;
        }
        s->seen += item;
    }
}

static void test_select_on_done_ends_a_worker(void **state)
{
    (void)state;
    shared s = {.context = child_of(NULL), .work = weft_chan_make(sizeof(int), 0)};
    assert_non_null(s.work);
    start(&s, work_until_done);
    for (int i = 1; i <= 3; i++) {
        weft_chan_send(s.work, &i);
    }
    weft_context_cancel(s.context);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.seen, 6);
    weft_chan_release(s.work);
    weft_context_release(s.context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_background_has_no_done_channel_no_error_and_no_deadline),
        weft_unit_test(test_background_ignores_cancel_and_release),
        weft_unit_test(test_select_on_the_background_is_never_ready),
        weft_unit_test(test_new_context_is_not_cancelled),
        weft_unit_test(test_cancel_closes_done_and_sets_the_error),
        weft_unit_test(test_second_cancel_changes_nothing),
        weft_unit_test(test_done_is_always_the_same_channel),
        weft_unit_test(test_done_is_an_unbuffered_channel),
        weft_unit_test(test_done_can_be_received_from_any_number_of_times),
        weft_unit_test(test_context_without_deadline_has_none),
        weft_unit_test(test_release_cancels),
        cmocka_unit_test(test_context_works_outside_of_goroutines),
        weft_unit_test(test_child_is_cancelled_with_its_parent),
        weft_unit_test(test_parent_lives_on_when_its_child_is_cancelled),
        weft_unit_test(test_siblings_live_on_when_a_child_is_cancelled),
        weft_unit_test(test_siblings_live_on_when_a_child_is_released),
        weft_unit_test(test_child_of_a_cancelled_parent_is_cancelled_from_birth),
        weft_unit_test(test_all_children_are_cancelled),
        weft_unit_test(test_cancel_returns_when_all_descendants_are_cancelled),
        weft_unit_test(test_cancel_in_the_middle_spares_those_above),
        weft_unit_test(test_parent_may_be_released_before_its_child),
        weft_unit_test(test_child_may_be_released_before_its_parent),
        weft_unit_test(test_cancel_wakes_all_who_wait_for_done),
        weft_unit_test(test_what_was_written_before_cancel_is_visible_after_done),
        weft_unit_test(test_what_was_written_before_cancel_is_visible_after_err),
        weft_unit_test(test_err_is_set_exactly_when_done_is_closed),
        weft_unit_test(test_each_of_several_cancels_returns_when_all_descendants_are_cancelled),
        weft_unit_test(test_parent_and_child_may_be_cancelled_at_the_same_time),
        weft_unit_test(test_child_made_while_the_parent_is_cancelled_is_cancelled),
        weft_unit_test(test_children_come_and_go_while_the_parent_is_cancelled),
        weft_unit_test(test_select_on_done_ends_a_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
