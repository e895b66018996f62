/* go_test.c: goroutines: their start, options, names and numbers.
 *
 * Goal:   each promise of "Goroutines" in weft.h but their end (exit_test.c).
 * Source: Go spec, "Go statements"; Go memory model, "Goroutine creation"; runtime.Gosched. */
#include <weft/cmocka.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

enum { CROWD = 1000, FEW = 4 };

static void do_nothing(void *arg)
{
    (void)arg;
}

/* ---- Start ---- */

typedef struct call {
    weft_waitgroup ended;
    void *arg;
    uint64_t id;
    int value;
    int seen;
    atomic_int count;
} call;

static void note_call(void *arg)
{
    call *const c = arg;
    c->arg = arg;
    c->id = weft_id();
    c->seen = c->value;
    atomic_fetch_add(&c->count, 1);
    weft_waitgroup_done(&c->ended);
}

static void test_go_calls_the_function_once(void **state)
{
    (void)state;
    call c = {0};
    weft_waitgroup_add(&c.ended, 1);
    assert_int_equal(weft_go(note_call, &c), 0);
    weft_waitgroup_wait(&c.ended);
    assert_int_equal(atomic_load(&c.count), 1);
}

static void test_go_passes_the_argument(void **state)
{
    (void)state;
    call c = {0};
    weft_waitgroup_add(&c.ended, 1);
    assert_int_equal(weft_go(note_call, &c), 0);
    weft_waitgroup_wait(&c.ended);
    assert_ptr_equal(c.arg, &c);
}

/* ---- weft_blocking ---- */

static void send_and_receive(void *arg)
{
    weft_chan **const ends = arg;
    weft_chan_send(ends[0], NULL);
    (void)weft_chan_recv(ends[1], NULL);
}

static void echo(void *arg)
{
    weft_chan **const ends = arg;
    (void)weft_chan_recv(ends[0], NULL);
    weft_chan_send(ends[1], NULL);
}

static void test_blocking_calls_the_function_which_may_park(void **state)
{
    (void)state;
    weft_chan *ends[] = {weft_chan_make(0, 0), weft_chan_make(0, 0)};
    assert_int_equal(weft_go(echo, ends), 0);
    weft_blocking(send_and_receive, ends);
    weft_chan_release(ends[0]);
    weft_chan_release(ends[1]);
}

static weft_waitgroup null_ended;
static bool null_seen;

static void note_null(void *arg)
{
    null_seen = arg == NULL;
    weft_waitgroup_done(&null_ended);
}

static void test_go_passes_null(void **state)
{
    (void)state;
    weft_waitgroup_add(&null_ended, 1);
    assert_int_equal(weft_go(note_null, NULL), 0);
    weft_waitgroup_wait(&null_ended);
    assert_true(null_seen);
}

static void test_function_runs_in_a_goroutine_of_its_own(void **state)
{
    (void)state;
    call c = {0};
    weft_waitgroup_add(&c.ended, 1);
    assert_int_equal(weft_go(note_call, &c), 0);
    weft_waitgroup_wait(&c.ended);
    assert_int_not_equal(c.id, 0);
    assert_int_not_equal(c.id, weft_id());
}

static void test_what_was_written_before_go_is_visible(void **state)
{
    (void)state;
    call c = {0};
    weft_waitgroup_add(&c.ended, 1);
    c.value = 42;
    assert_int_equal(weft_go(note_call, &c), 0);
    weft_waitgroup_wait(&c.ended);
    assert_int_equal(c.seen, 42);
}

static void test_go_is_a_function_too(void **state)
{
    (void)state;
    int (*const start)(weft_fn *, void *) = weft_go;
    call c = {0};
    weft_waitgroup_add(&c.ended, 1);
    assert_int_equal(start(note_call, &c), 0);
    weft_waitgroup_wait(&c.ended);
    assert_int_equal(atomic_load(&c.count), 1);
}

static void count_up(void *arg)
{
    atomic_fetch_add((atomic_int *)arg, 1);
}

static void test_a_thousand_goroutines_run(void **state)
{
    (void)state;
    weft_waitgroup ended = {0};
    atomic_int count = 0;
    for (int i = 0; i < CROWD; i++) {
        assert_int_equal(weft_waitgroup_go(&ended, count_up, &count), 0);
    }
    weft_waitgroup_wait(&ended);
    assert_int_equal(atomic_load(&count), CROWD);
}

typedef struct tree {
    atomic_int *count;
    int height;
} tree;

/* The children's descriptions live on this stack: it waits for them. */
static void grow(void *arg)
{
    const tree *const t = arg;
    atomic_fetch_add(t->count, 1);
    if (t->height == 0) {
        return;
    }
    weft_waitgroup ended = {0};
    tree child = {.count = t->count, .height = t->height - 1};
    assert_int_equal(weft_waitgroup_go(&ended, grow, &child), 0);
    assert_int_equal(weft_waitgroup_go(&ended, grow, &child), 0);
    weft_waitgroup_wait(&ended);
}

static void test_goroutines_start_goroutines(void **state)
{
    (void)state;
    weft_waitgroup ended = {0};
    atomic_int count = 0;
    tree root = {.count = &count, .height = 3};
    assert_int_equal(weft_waitgroup_go(&ended, grow, &root), 0);
    weft_waitgroup_wait(&ended);
    assert_int_equal(atomic_load(&count), 15);
}

typedef struct family {
    weft_waitgroup parent_ended;
    weft_waitgroup gate;
    weft_waitgroup child_ended;
    bool child_ran;
} family;

static void run_behind_the_gate(void *arg)
{
    family *const f = arg;
    weft_waitgroup_wait(&f->gate);
    f->child_ran = true;
}

static void leave_a_child(void *arg)
{
    family *const f = arg;
    assert_int_equal(weft_waitgroup_go(&f->child_ended, run_behind_the_gate, f), 0);
}

static void test_goroutine_outlives_the_one_that_started_it(void **state)
{
    (void)state;
    family f = {0};
    weft_waitgroup_add(&f.gate, 1);
    assert_int_equal(weft_waitgroup_go(&f.parent_ended, leave_a_child, &f), 0);
    weft_waitgroup_wait(&f.parent_ended);
    weft_waitgroup_done(&f.gate);
    weft_waitgroup_wait(&f.child_ended);
    assert_true(f.child_ran);
}

/* ---- Options ---- */

static void note_name(void *arg)
{
    *(const char **)arg = weft_name();
}

static const char *name_seen_with(const weft_go_options *options)
{
    weft_waitgroup ended = {0};
    const char *name = NULL;
    assert_int_equal(weft_waitgroup_go_with(&ended, options, note_name, &name), 0);
    weft_waitgroup_wait(&ended);
    return name;
}

static void test_options_name_the_goroutine(void **state)
{
    (void)state;
    const weft_go_options options = {.name = "worker"};
    assert_string_equal(name_seen_with(&options), "worker");
}

static void test_name_is_not_copied(void **state)
{
    (void)state;
    static const char name[] = "worker";
    assert_ptr_equal(name_seen_with(&(weft_go_options){.name = name}), name);
}

static void test_zero_options_start_a_goroutine(void **state)
{
    (void)state;
    call c = {0};
    weft_waitgroup_add(&c.ended, 1);
    assert_int_equal(weft_go_with(&(weft_go_options){0}, note_call, &c), 0);
    weft_waitgroup_wait(&c.ended);
    assert_int_equal(atomic_load(&c.count), 1);
}

static int touch_all(volatile unsigned char *bytes, size_t size)
{
    int sum = 0;
    for (size_t i = 0; i < size; i += 1024) {
        bytes[i] = 1;
    }
    for (size_t i = 0; i < size; i += 1024) {
        sum += bytes[i];
    }
    return sum;
}

static void use_half_a_mebibyte(void *arg)
{
    volatile unsigned char bytes[512 * 1024];
    *(int *)arg = touch_all(bytes, sizeof bytes);
}

static void test_stack_size_of_a_mebibyte_holds_half_a_mebibyte(void **state)
{
    (void)state;
    const weft_go_options options = {.name = "big", .stack_size = 1024 * 1024};
    weft_waitgroup ended = {0};
    int sum = 0;
    assert_int_equal(weft_waitgroup_go_with(&ended, &options, use_half_a_mebibyte, &sum), 0);
    weft_waitgroup_wait(&ended);
    assert_int_equal(sum, 512);
}

static void use_two_kibibytes(void *arg)
{
    volatile unsigned char bytes[2 * 1024];
    *(int *)arg = touch_all(bytes, sizeof bytes);
}

static void test_small_stack_size_is_rounded_up(void **state)
{
    (void)state;
    const weft_go_options options = {.name = "small", .stack_size = 1};
    weft_waitgroup ended = {0};
    int sum = 0;
    assert_int_equal(weft_waitgroup_go_with(&ended, &options, use_two_kibibytes, &sum), 0);
    weft_waitgroup_wait(&ended);
    assert_int_equal(sum, 2);
}

static void test_huge_stack_size_is_refused(void **state)
{
    (void)state;
    const weft_go_options options = {.name = "huge", .stack_size = SIZE_MAX / 2};
    assert_int_equal(weft_go_with(&options, do_nothing, NULL), -ENOMEM);
}

static void recurse(void *arg)
{
    volatile int *const depth = arg;
    volatile int kept = *depth;
    if (*depth < 500) {
        *depth += 1;
        recurse(arg);
        *depth -= 1;
    }
    assert_int_equal(kept, *depth);
}

static void test_goroutine_recurses(void **state)
{
    (void)state;
    const weft_go_options options = {.name = "deep", .stack_size = 1024 * 1024};
    weft_waitgroup ended = {0};
    int depth = 0;
    assert_int_equal(weft_waitgroup_go_with(&ended, &options, recurse, &depth), 0);
    weft_waitgroup_wait(&ended);
    assert_int_equal(depth, 0);
}

static void test_daemon_runs_like_any_other(void **state)
{
    (void)state;
    call c = {0};
    weft_waitgroup_add(&c.ended, 1);
    const weft_go_options options = {.name = "daemon", .daemon = true};
    assert_int_equal(weft_go_with(&options, note_call, &c), 0);
    weft_waitgroup_wait(&c.ended);
    assert_int_equal(atomic_load(&c.count), 1);
}

static void park_for_ever(void *arg)
{
    (void)arg;
    weft_chan_recv(NULL, NULL);
}

static void test_daemon_may_be_parked_when_the_program_ends(void **state)
{
    (void)state;
    const weft_go_options options = {.name = "daemon", .daemon = true};
    assert_int_equal(weft_go_with(&options, park_for_ever, NULL), 0);
}

/* ---- Names and numbers ---- */

typedef struct identity {
    weft_waitgroup ended;
    const char *name;
    uint64_t id;
    bool kept;
} identity;

static void identify(void *arg)
{
    identity *const i = arg;
    i->name = weft_name();
    i->id = weft_id();
    for (int n = 0; n < 3; n++) {
        weft_yield();
    }
    i->kept = i->id == weft_id() && strcmp(i->name, weft_name()) == 0;
    weft_waitgroup_done(&i->ended);
}

static void test_goroutine_has_the_name_of_its_function(void **state)
{
    (void)state;
    identity i = {0};
    weft_waitgroup_add(&i.ended, 1);
    assert_int_equal(weft_go(identify, &i), 0);
    weft_waitgroup_wait(&i.ended);
    assert_string_equal(i.name, "identify");
}

static void test_name_and_id_stay_the_same_across_switches(void **state)
{
    (void)state;
    identity all[FEW] = {0};
    for (int i = 0; i < FEW; i++) {
        weft_waitgroup_add(&all[i].ended, 1);
        assert_int_equal(weft_go(identify, &all[i]), 0);
    }
    for (int i = 0; i < FEW; i++) {
        weft_waitgroup_wait(&all[i].ended);
        assert_true(all[i].kept);
    }
}

static void test_main_goroutine_is_called_main(void **state)
{
    (void)state;
    assert_string_equal(weft_name(), "main");
    assert_int_not_equal(weft_id(), 0);
}

static void note_id(void *arg)
{
    *(uint64_t *)arg = weft_id();
}

static void test_ids_are_unique_and_not_zero(void **state)
{
    (void)state;
    uint64_t ids[FEW + 1] = {0};
    weft_waitgroup ended = {0};
    for (int i = 0; i < FEW; i++) {
        assert_int_equal(weft_waitgroup_go(&ended, note_id, &ids[i]), 0);
    }
    weft_waitgroup_wait(&ended);
    ids[FEW] = weft_id();
    for (int i = 0; i <= FEW; i++) {
        assert_int_not_equal(ids[i], 0);
        for (int k = 0; k < i; k++) {
            assert_int_not_equal(ids[i], ids[k]);
        }
    }
}

static void test_id_is_not_used_again(void **state)
{
    (void)state;
    uint64_t ids[FEW] = {0};
    for (int i = 0; i < FEW; i++) {
        weft_waitgroup ended = {0};
        assert_int_equal(weft_waitgroup_go(&ended, note_id, &ids[i]), 0);
        weft_waitgroup_wait(&ended);
        for (int k = 0; k < i; k++) {
            assert_int_not_equal(ids[i], ids[k]);
        }
    }
}

/* ---- Yield ---- */

static void test_yield_returns_when_nobody_else_runs(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        weft_yield();
    }
}

/* The one polling loop here: it ends because the scheduler is fair to those that yield. */
static void test_yield_lets_others_run(void **state)
{
    (void)state;
    weft_waitgroup ended = {0};
    atomic_int count = 0;
    assert_int_equal(weft_waitgroup_go(&ended, count_up, &count), 0);
    while (atomic_load(&count) == 0) {
        weft_yield();
    }
    weft_waitgroup_wait(&ended);
}

static void test_polling_for_a_variable_ends(void **state)
{
    (void)state;
    weft_waitgroup ended = {0};
    atomic_int count = 0;
    assert_int_equal(weft_waitgroup_go(&ended, count_up, &count), 0);
    while (atomic_load(&count) == 0) {
        WEFT_POLL();
    }
    weft_waitgroup_wait(&ended);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_go_calls_the_function_once),
        weft_unit_test(test_go_passes_the_argument),
        weft_unit_test(test_blocking_calls_the_function_which_may_park),
        weft_unit_test(test_go_passes_null),
        weft_unit_test(test_function_runs_in_a_goroutine_of_its_own),
        weft_unit_test(test_what_was_written_before_go_is_visible),
        weft_unit_test(test_go_is_a_function_too),
        weft_unit_test(test_a_thousand_goroutines_run),
        weft_unit_test(test_goroutines_start_goroutines),
        weft_unit_test(test_goroutine_outlives_the_one_that_started_it),
        weft_unit_test(test_options_name_the_goroutine),
        weft_unit_test(test_name_is_not_copied),
        weft_unit_test(test_zero_options_start_a_goroutine),
        weft_unit_test(test_stack_size_of_a_mebibyte_holds_half_a_mebibyte),
        weft_unit_test(test_small_stack_size_is_rounded_up),
        weft_unit_test(test_huge_stack_size_is_refused),
        weft_unit_test(test_goroutine_recurses),
        weft_unit_test(test_daemon_runs_like_any_other),
        weft_unit_test(test_daemon_may_be_parked_when_the_program_ends),
        weft_unit_test(test_goroutine_has_the_name_of_its_function),
        weft_unit_test(test_name_and_id_stay_the_same_across_switches),
        weft_unit_test(test_main_goroutine_is_called_main),
        weft_unit_test(test_ids_are_unique_and_not_zero),
        weft_unit_test(test_id_is_not_used_again),
        weft_unit_test(test_yield_returns_when_nobody_else_runs),
        weft_unit_test(test_yield_lets_others_run),
        weft_unit_test(test_polling_for_a_variable_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
