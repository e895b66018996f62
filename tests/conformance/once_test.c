/* once_test.c: calling a function once.
 *
 * Goal:   one call however many ask for it, and nobody returns before it has ended, by return,
 *         panic or exit.
 * Source: sync.Once docs; Go memory model, "Once". */
#include <weft/cmocka.h>

#include <stdatomic.h>

enum { FEW = 4 };

typedef struct shared {
    weft_once once;
    weft_waitgroup ended;
    weft_waitgroup begun;
    weft_waitgroup gate;
    atomic_int calls;
    atomic_int returned;
    atomic_int wrong;
    int value;
} shared;

static void start(shared *s, weft_fn *fn)
{
    const weft_go_options options = {.name = "caller"};
    assert_int_equal(weft_waitgroup_go_with(&s->ended, &options, fn, s), 0);
}

static void count_call(void *arg)
{
    shared *const s = arg;
    atomic_fetch_add(&s->calls, 1);
}

static void test_first_call_calls_the_function(void **state)
{
    (void)state;
    shared s = {0};
    weft_once_do(&s.once, count_call, &s);
    assert_int_equal(atomic_load(&s.calls), 1);
}

static void test_later_calls_do_not(void **state)
{
    (void)state;
    shared s = {0};
    weft_once_do(&s.once, count_call, &s);
    weft_once_do(&s.once, count_call, &s);
    weft_once_do(&s.once, count_call, &s);
    assert_int_equal(atomic_load(&s.calls), 1);
}

static void must_not_run(void *arg)
{
    shared *const s = arg;
    atomic_fetch_add(&s->wrong, 1);
}

static void test_later_call_with_another_function_does_not_call_it(void **state)
{
    (void)state;
    shared s = {0};
    weft_once_do(&s.once, count_call, &s);
    weft_once_do(&s.once, must_not_run, &s);
    assert_int_equal(atomic_load(&s.wrong), 0);
}

static void note_arg(void *arg)
{
    *(void **)arg = arg;
}

static void test_function_gets_its_argument(void **state)
{
    (void)state;
    weft_once once = {0};
    void *seen = NULL;
    weft_once_do(&once, note_arg, &seen);
    assert_ptr_equal(seen, &seen);
}

static void note_goroutine(void *arg)
{
    *(uint64_t *)arg = weft_id();
}

static void test_function_runs_in_the_calling_goroutine(void **state)
{
    (void)state;
    weft_once once = {0};
    uint64_t id = 0;
    weft_once_do(&once, note_goroutine, &id);
    assert_int_equal(id, weft_id());
}

static void initialise(void *arg)
{
    shared *const s = arg;
    atomic_fetch_add(&s->calls, 1);
    weft_yield();
    weft_yield();
    s->value = 42;
}

static void do_and_look(void *arg)
{
    shared *const s = arg;
    weft_once_do(&s->once, initialise, s);
    atomic_fetch_add(&s->wrong, s->value != 42);
}

static void test_one_of_many_callers_calls_the_function(void **state)
{
    (void)state;
    shared s = {0};
    for (int i = 0; i < FEW; i++) {
        start(&s, do_and_look);
    }
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.calls), 1);
}

static void test_every_caller_sees_what_the_function_did(void **state)
{
    (void)state;
    shared s = {0};
    for (int i = 0; i < FEW; i++) {
        start(&s, do_and_look);
    }
    do_and_look(&s);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.wrong), 0);
}

static void wait_at_the_gate(void *arg)
{
    shared *const s = arg;
    weft_waitgroup_done(&s->begun);
    weft_waitgroup_wait(&s->gate);
}

static void do_behind_the_gate(void *arg)
{
    shared *const s = arg;
    weft_once_do(&s->once, wait_at_the_gate, s);
}

static void do_second(void *arg)
{
    shared *const s = arg;
    weft_once_do(&s->once, must_not_run, s);
    atomic_fetch_add(&s->returned, 1);
}

static void test_caller_during_the_call_waits_for_its_end(void **state)
{
    (void)state;
    shared s = {0};
    weft_waitgroup_add(&s.begun, 1);
    weft_waitgroup_add(&s.gate, 1);
    start(&s, do_behind_the_gate);
    weft_waitgroup_wait(&s.begun);
    start(&s, do_second);
    start(&s, do_second);
    weft_yield();
    weft_yield();
    assert_int_equal(atomic_load(&s.returned), 0);
    weft_waitgroup_done(&s.gate);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.returned), 2);
    assert_int_equal(atomic_load(&s.wrong), 0);
}

static void panic_now(void *arg)
{
    (void)arg;
    weft_panic("within once");
}

static void do_panicking(void *arg)
{
    shared *const s = arg;
    weft_once_do(&s->once, panic_now, s);
    atomic_fetch_add(&s->returned, 1);
}

static void test_panic_in_the_function_goes_through_to_the_caller(void **state)
{
    (void)state;
    shared s = {0};
    weft_panic_info info = {0};
    assert_int_equal(weft_try(do_panicking, &s, &info), 1);
    assert_string_equal(info.message, "within once");
    assert_int_equal(atomic_load(&s.returned), 0);
}

static void test_function_that_panicked_is_not_called_again(void **state)
{
    (void)state;
    shared s = {0};
    assert_int_equal(weft_try(do_panicking, &s, NULL), 1);
    weft_once_do(&s.once, must_not_run, &s);
    assert_int_equal(atomic_load(&s.wrong), 0);
}

static void gate_and_panic(void *arg)
{
    wait_at_the_gate(arg);
    weft_panic("behind the gate");
}

static void do_gate_and_panic(void *arg)
{
    shared *const s = arg;
    weft_once_do(&s->once, gate_and_panic, s);
}

static void try_gate_and_panic(void *arg)
{
    shared *const s = arg;
    atomic_fetch_add(&s->calls, weft_try(do_gate_and_panic, s, NULL));
}

static void test_panic_releases_those_who_wait_for_the_end(void **state)
{
    (void)state;
    shared s = {0};
    weft_waitgroup_add(&s.begun, 1);
    weft_waitgroup_add(&s.gate, 1);
    start(&s, try_gate_and_panic);
    weft_waitgroup_wait(&s.begun);
    start(&s, do_second);
    start(&s, do_second);
    weft_yield();
    weft_waitgroup_done(&s.gate);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.calls), 1);
    assert_int_equal(atomic_load(&s.returned), 2);
    assert_int_equal(atomic_load(&s.wrong), 0);
}

static void gate_and_exit(void *arg)
{
    wait_at_the_gate(arg);
    weft_exit();
}

static void do_gate_and_exit(void *arg)
{
    shared *const s = arg;
    weft_once_do(&s->once, gate_and_exit, s);
    atomic_fetch_add(&s->wrong, 1);
}

static void test_exit_in_the_function_releases_those_who_wait_for_the_end(void **state)
{
    (void)state;
    shared s = {0};
    weft_waitgroup_add(&s.begun, 1);
    weft_waitgroup_add(&s.gate, 1);
    start(&s, do_gate_and_exit);
    weft_waitgroup_wait(&s.begun);
    start(&s, do_second);
    weft_yield();
    weft_waitgroup_done(&s.gate);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.returned), 1);
    assert_int_equal(atomic_load(&s.wrong), 0);
}

typedef struct two {
    weft_once outer;
    weft_once inner;
    int calls;
} two;

static void count_inner(void *arg)
{
    two *const t = arg;
    t->calls++;
}

static void do_inner(void *arg)
{
    two *const t = arg;
    weft_once_do(&t->inner, count_inner, t);
    t->calls++;
}

static void test_function_may_use_another_once(void **state)
{
    (void)state;
    two t = {0};
    weft_once_do(&t.outer, do_inner, &t);
    weft_once_do(&t.inner, count_inner, &t);
    assert_int_equal(t.calls, 2);
}

static weft_once global_once;
static int global_calls;

static void count_global(void *arg)
{
    (void)arg;
    global_calls++;
}

static void test_once_may_be_a_global(void **state)
{
    (void)state;
    weft_once_do(&global_once, count_global, NULL);
    weft_once_do(&global_once, count_global, NULL);
    assert_int_equal(global_calls, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_first_call_calls_the_function),
        weft_unit_test(test_later_calls_do_not),
        weft_unit_test(test_later_call_with_another_function_does_not_call_it),
        weft_unit_test(test_function_gets_its_argument),
        weft_unit_test(test_function_runs_in_the_calling_goroutine),
        weft_unit_test(test_one_of_many_callers_calls_the_function),
        weft_unit_test(test_every_caller_sees_what_the_function_did),
        weft_unit_test(test_caller_during_the_call_waits_for_its_end),
        weft_unit_test(test_panic_in_the_function_goes_through_to_the_caller),
        weft_unit_test(test_function_that_panicked_is_not_called_again),
        weft_unit_test(test_panic_releases_those_who_wait_for_the_end),
        weft_unit_test(test_exit_in_the_function_releases_those_who_wait_for_the_end),
        weft_unit_test(test_function_may_use_another_once),
        weft_unit_test(test_once_may_be_a_global),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
