/* panic_test.c: weft_panic and weft_try. Deferred calls: defer_test.c; misuse: misuse_test.c.
 *
 * Goal:   what weft_try returns and reports, which of several catches a panic, and that everything
 *         works on after one.
 * Source: Go spec, "Handling panics"; weft.h, "Panics, deferred calls". */
#include <weft/cmocka.h>

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

enum { FEW = 4, MESSAGE_MAX = 239 };

static void do_nothing(void *arg)
{
    (void)arg;
}

static void panic_with(void *arg)
{
    weft_panic("%s", (const char *)arg);
}

/* To pass a string literal through a void pointer. */
static void *text(const char *string)
{
    return (void *)(uintptr_t)string;
}

/* ---- What weft_try returns ---- */

static void test_try_returns_zero_when_the_function_returns(void **state)
{
    (void)state;
    assert_int_equal(weft_try(do_nothing, NULL, NULL), 0);
}

static void test_try_returns_one_when_the_function_panics(void **state)
{
    (void)state;
    assert_int_equal(weft_try(panic_with, text("oh"), NULL), 1);
}

static void note_arg(void *arg)
{
    *(void **)arg = arg;
}

static void test_try_passes_the_argument(void **state)
{
    (void)state;
    void *seen = NULL;
    assert_int_equal(weft_try(note_arg, &seen, NULL), 0);
    assert_ptr_equal(seen, &seen);
}

static void note_id(void *arg)
{
    *(uint64_t *)arg = weft_id();
}

static void test_try_calls_the_function_in_the_same_goroutine(void **state)
{
    (void)state;
    uint64_t id = 0;
    assert_int_equal(weft_try(note_id, &id, NULL), 0);
    assert_int_equal(id, weft_id());
}

typedef struct steps {
    int count;
} steps;

static void step_panic_step(void *arg)
{
    steps *const s = arg;
    s->count++;
    panic_with(text("in between"));
    s->count++;
}

static void test_nothing_after_the_panic_is_done(void **state)
{
    (void)state;
    steps s = {0};
    assert_int_equal(weft_try(step_panic_step, &s, NULL), 1);
    assert_int_equal(s.count, 1);
}

/* To the compiler, one that may return. */
static void panic_if(bool wanted)
{
    if (wanted) {
        weft_panic("wanted");
    }
}

static void panic_in_depth(void *arg)
{
    int *const depth = arg;
    if (--*depth > 0) {
        panic_in_depth(arg);
    }
    panic_if(*depth == 0);
}

static void test_panic_leaves_any_number_of_calls(void **state)
{
    (void)state;
    int depth = 100;
    assert_int_equal(weft_try(panic_in_depth, &depth, NULL), 1);
    assert_int_equal(depth, 0);
}

static void test_try_may_be_called_again_and_again(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(weft_try(panic_with, text("again"), NULL), 1);
        assert_int_equal(weft_try(do_nothing, NULL, NULL), 0);
    }
}

/* ---- Local variables ---- */

static void set_and_panic(void *arg)
{
    *(int *)arg = 42;
    weft_panic("set");
}

static void test_local_variable_that_the_function_changed_keeps_its_value(void **state)
{
    (void)state;
    int local = 1;
    local += 1;
    assert_int_equal(weft_try(set_and_panic, &local, NULL), 1);
    assert_int_equal(local, 42);
}

static void test_local_variables_of_the_caller_keep_their_values(void **state)
{
    (void)state;
    int sum = 0;
    for (int i = 1; i <= 10; i++) {
        const int before = sum;
        sum += i;
        assert_int_equal(weft_try(panic_with, text("loop"), NULL), 1);
        assert_int_equal(sum, before + i);
    }
    assert_int_equal(sum, 55);
}

static void test_floating_point_variables_of_the_caller_keep_their_values(void **state)
{
    (void)state;
    double sum = 0;
    for (int i = 1; i <= 8; i++) {
        sum += 0.5;
        assert_int_equal(weft_try(panic_with, text("loop"), NULL), 1);
    }
    assert_true(sum > 3.9 && sum < 4.1);
}

/* ---- What weft_try reports ---- */

static void test_message_is_reported(void **state)
{
    (void)state;
    weft_panic_info info = {0};
    assert_int_equal(weft_try(panic_with, text("the message"), &info), 1);
    assert_string_equal(info.message, "the message");
}

static void panic_formatted(void *arg)
{
    const int *const n = arg;
    weft_panic("%d of %s: %c", *n, "many", 'x');
}

static void test_message_is_formatted(void **state)
{
    (void)state;
    weft_panic_info info = {0};
    int n = 3;
    assert_int_equal(weft_try(panic_formatted, &n, &info), 1);
    assert_string_equal(info.message, "3 of many: x");
}

static void test_message_may_be_empty(void **state)
{
    (void)state;
    weft_panic_info info = {.message = "before"};
    assert_int_equal(weft_try(panic_with, text(""), &info), 1);
    assert_string_equal(info.message, "");
}

static void test_message_of_239_characters_is_whole(void **state)
{
    (void)state;
    char message[MESSAGE_MAX + 1] = {0};
    weft_panic_info info = {0};
    memset(message, 'a', MESSAGE_MAX);
    message[MESSAGE_MAX - 1] = 'z';
    assert_int_equal(weft_try(panic_with, message, &info), 1);
    assert_string_equal(info.message, message);
}

static void test_longer_message_is_cut_to_239_characters(void **state)
{
    (void)state;
    char message[400] = {0};
    weft_panic_info info = {0};
    for (size_t i = 0; i < sizeof message - 1; i++) {
        message[i] = (char)('a' + i % 26);
    }
    assert_int_equal(weft_try(panic_with, message, &info), 1);
    assert_int_equal(strlen(info.message), MESSAGE_MAX);
    assert_memory_equal(info.message, message, MESSAGE_MAX);
}

static void test_site_is_reported(void **state)
{
    (void)state;
    weft_panic_info info = {0};
    assert_int_equal(weft_try(panic_with, text("where"), &info), 1);
    assert_non_null(info.site);
}

static void panic_elsewhere(void *arg)
{
    (void)arg;
    weft_panic("elsewhere");
}

static void test_site_tells_calls_apart(void **state)
{
    (void)state;
    weft_panic_info here = {0};
    weft_panic_info again = {0};
    weft_panic_info elsewhere = {0};
    assert_int_equal(weft_try(panic_with, text("here"), &here), 1);
    assert_int_equal(weft_try(panic_with, text("here"), &again), 1);
    assert_int_equal(weft_try(panic_elsewhere, NULL, &elsewhere), 1);
    assert_ptr_equal(here.site, again.site);
    assert_ptr_not_equal(here.site, elsewhere.site);
}

static void test_goroutine_is_reported(void **state)
{
    (void)state;
    weft_panic_info info = {0};
    assert_int_equal(weft_try(panic_with, text("who"), &info), 1);
    assert_int_equal(info.goroutine, weft_id());
}

static void test_info_is_not_written_without_a_panic(void **state)
{
    (void)state;
    weft_panic_info info = {.message = "before", .site = &info, .goroutine = 42};
    assert_int_equal(weft_try(do_nothing, NULL, &info), 0);
    assert_string_equal(info.message, "before");
    assert_ptr_equal(info.site, &info);
    assert_int_equal(info.goroutine, 42);
}

/* ---- Nested tries ---- */

typedef struct nested {
    weft_panic_info inner;
    int inner_result;
    int went_on;
} nested;

static void catch_within(void *arg)
{
    nested *const n = arg;
    n->inner_result = weft_try(panic_with, text("inner"), &n->inner);
    n->went_on++;
}

static void test_innermost_try_catches_the_panic(void **state)
{
    (void)state;
    nested n = {0};
    weft_panic_info outer = {0};
    assert_int_equal(weft_try(catch_within, &n, &outer), 0);
    assert_int_equal(n.inner_result, 1);
    assert_string_equal(n.inner.message, "inner");
    assert_string_equal(outer.message, "");
    assert_int_equal(n.went_on, 1);
}

static void catch_then_panic(void *arg)
{
    catch_within(arg);
    weft_panic("outer");
}

static void test_panic_after_a_recovered_one_goes_to_the_outer_try(void **state)
{
    (void)state;
    nested n = {0};
    weft_panic_info outer = {0};
    assert_int_equal(weft_try(catch_then_panic, &n, &outer), 1);
    assert_string_equal(n.inner.message, "inner");
    assert_string_equal(outer.message, "outer");
}

static void succeed_within(void *arg)
{
    nested *const n = arg;
    n->inner_result = weft_try(do_nothing, NULL, &n->inner);
    weft_panic("outer");
}

static void test_panic_after_an_inner_try_that_succeeded_goes_to_the_outer_try(void **state)
{
    (void)state;
    nested n = {0};
    weft_panic_info outer = {0};
    assert_int_equal(weft_try(succeed_within, &n, &outer), 1);
    assert_int_equal(n.inner_result, 0);
    assert_string_equal(outer.message, "outer");
}

static void panic_again(void *arg)
{
    nested *const n = arg;
    if (weft_try(panic_with, text("first"), &n->inner) == 1) {
        weft_panic("%s, again", n->inner.message);
    }
}

static void test_recovered_panic_may_be_raised_again(void **state)
{
    (void)state;
    nested n = {0};
    weft_panic_info outer = {0};
    assert_int_equal(weft_try(panic_again, &n, &outer), 1);
    assert_string_equal(outer.message, "first, again");
}

static void nest_to(void *arg)
{
    int *const depth = arg;
    const int mine = (*depth)--;
    if (mine == 0) {
        weft_panic("bottom");
    }
    if (weft_try(nest_to, arg, NULL) == 1) {
        *depth += 1;
        weft_panic("level %d", mine);
    }
}

static void test_tries_nest_to_any_depth(void **state)
{
    (void)state;
    weft_panic_info info = {0};
    int depth = 10;
    assert_int_equal(weft_try(nest_to, &depth, &info), 1);
    assert_string_equal(info.message, "level 10");
    assert_int_equal(depth, 9);
}

/* ---- Across switches ---- */

static void yield_and_panic(void *arg)
{
    weft_yield();
    weft_yield();
    weft_panic("%s", (const char *)arg);
}

static void test_try_catches_a_panic_after_a_switch(void **state)
{
    (void)state;
    weft_panic_info info = {0};
    assert_int_equal(weft_try(yield_and_panic, text("later"), &info), 1);
    assert_string_equal(info.message, "later");
}

typedef struct shared {
    weft_waitgroup ended;
    weft_chan *chan;
    atomic_int recovered;
    atomic_int wrong;
} shared;

static void panic_and_recover(void *arg)
{
    shared *const s = arg;
    for (int i = 0; i < 3; i++) {
        weft_panic_info info = {0};
        atomic_fetch_add(&s->recovered, weft_try(yield_and_panic, text("mine"), &info));
        atomic_fetch_add(&s->wrong, info.goroutine != weft_id());
    }
}

static void test_each_goroutine_recovers_its_own_panics(void **state)
{
    (void)state;
    shared s = {0};
    for (int i = 0; i < FEW; i++) {
        assert_int_equal(weft_waitgroup_go(&s.ended, panic_and_recover, &s), 0);
    }
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.recovered), 3 * FEW);
    assert_int_equal(atomic_load(&s.wrong), 0);
}

static void receive_and_panic(void *arg)
{
    shared *const s = arg;
    int value = 0;
    weft_chan_recv(s->chan, &value);
    weft_panic("%d", value);
}

static void try_to_receive(void *arg)
{
    shared *const s = arg;
    weft_panic_info info = {0};
    atomic_fetch_add(&s->recovered, weft_try(receive_and_panic, s, &info));
    atomic_fetch_add(&s->wrong, strcmp(info.message, "42") != 0);
}

static void test_try_catches_a_panic_after_a_park(void **state)
{
    (void)state;
    shared s = {.chan = weft_chan_make(sizeof(int), 0)};
    const int value = 42;
    assert_non_null(s.chan);
    assert_int_equal(weft_waitgroup_go(&s.ended, try_to_receive, &s), 0);
    weft_chan_send(s.chan, &value);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.recovered), 1);
    assert_int_equal(atomic_load(&s.wrong), 0);
    weft_chan_release(s.chan);
}

static void start_within(void *arg)
{
    shared *const s = arg;
    assert_int_equal(weft_waitgroup_go(&s->ended, panic_and_recover, s), 0);
    weft_panic("after go");
}

static void test_goroutine_that_was_started_within_a_try_lives_on_after_the_panic(void **state)
{
    (void)state;
    shared s = {0};
    assert_int_equal(weft_try(start_within, &s, NULL), 1);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.recovered), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_try_returns_zero_when_the_function_returns),
        weft_unit_test(test_try_returns_one_when_the_function_panics),
        weft_unit_test(test_try_passes_the_argument),
        weft_unit_test(test_try_calls_the_function_in_the_same_goroutine),
        weft_unit_test(test_nothing_after_the_panic_is_done),
        weft_unit_test(test_panic_leaves_any_number_of_calls),
        weft_unit_test(test_try_may_be_called_again_and_again),
        weft_unit_test(test_local_variable_that_the_function_changed_keeps_its_value),
        weft_unit_test(test_local_variables_of_the_caller_keep_their_values),
        weft_unit_test(test_floating_point_variables_of_the_caller_keep_their_values),
        weft_unit_test(test_message_is_reported),
        weft_unit_test(test_message_is_formatted),
        weft_unit_test(test_message_may_be_empty),
        weft_unit_test(test_message_of_239_characters_is_whole),
        weft_unit_test(test_longer_message_is_cut_to_239_characters),
        weft_unit_test(test_site_is_reported),
        weft_unit_test(test_site_tells_calls_apart),
        weft_unit_test(test_goroutine_is_reported),
        weft_unit_test(test_info_is_not_written_without_a_panic),
        weft_unit_test(test_innermost_try_catches_the_panic),
        weft_unit_test(test_panic_after_a_recovered_one_goes_to_the_outer_try),
        weft_unit_test(test_panic_after_an_inner_try_that_succeeded_goes_to_the_outer_try),
        weft_unit_test(test_recovered_panic_may_be_raised_again),
        weft_unit_test(test_tries_nest_to_any_depth),
        weft_unit_test(test_try_catches_a_panic_after_a_switch),
        weft_unit_test(test_each_goroutine_recovers_its_own_panics),
        weft_unit_test(test_try_catches_a_panic_after_a_park),
        weft_unit_test(test_goroutine_that_was_started_within_a_try_lives_on_after_the_panic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
