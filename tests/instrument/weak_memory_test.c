/* weak_memory_test.c: algorithms that are wrong in their memory orders only, which interleaving
 * does not show and WEFT_MEMORY=c11 does; and their correct twins, of which those without loops
 * are proved. Payloads are relaxed atomics: plain ones would be data races. */
#include "../support/explore.h"

#include <stdatomic.h>
#include <stdio.h>

#define LOAD(a, order) atomic_load_explicit(&(a), memory_order_##order)
#define STORE(a, v, order) atomic_store_explicit(&(a), v, memory_order_##order)

static bool is_correct WEFT_KEEP;

static weft_result explore(weft_fn *fn, bool correct, const char *memory, const char *strategy)
{
    weft_result result;
    const weft_options options = {.name = "weak",
                                  .strategy = strategy,
                                  .memory = memory,
                                  .schedules = strategy == NULL ? 2000 : 200000,
                                  .max_steps = 1000,
                                  .time_ns = WEFT_NEVER};
    is_correct = correct;
    assert_true(weft_explore(&options, fn, NULL, &result) >= 0);
    return result;
}

static void expect_clean(weft_fn *fn, bool correct, const char *memory, bool proved)
{
    weft_result result = explore(fn, correct, memory, proved ? "dpor" : NULL);
    if (result.finding_count != 0) {
        fail_msg("memory %s: %s", memory, result.findings[0].message);
    }
    assert_true(result.complete || !proved);
    weft_result_clear(&result);
}

/* Found, with few decisions left, and found again by them. */
static void expect_found(weft_fn *fn)
{
    weft_result result = explore(fn, false, "c11", NULL);
    assert_int_equal(result.finding_count, 1);
    const weft_finding *const finding = &result.findings[0];
    assert_int_equal(finding->kind, WEFT_FOUND_ASSERTION);
    assert_in_range(finding->switches_shrunk, 1, 3);
    weft_result again;
    const weft_options options = {.name = "weak", .replay = finding->token};
    assert_int_equal(weft_explore(&options, fn, NULL, &again), 1);
    assert_int_equal(again.findings[0].kind, WEFT_FOUND_ASSERTION);
    weft_result_clear(&again);
    weft_result_clear(&result);
}

static void expect_only_weak(weft_fn *fn, bool proved)
{
    expect_clean(fn, false, "sc", proved);
    expect_clean(fn, true, "sc", proved);
    expect_clean(fn, true, "c11", proved);
    expect_found(fn);
}

static void run_two(weft_fn *one, weft_fn *other)
{
    weft_waitgroup both = {0};
    weft_waitgroup_go(&both, one, (void *)0);
    weft_waitgroup_go(&both, other, (void *)1);
    weft_waitgroup_wait(&both);
}

static int number(const void *arg)
{
    return (int)(intptr_t)arg;
}

/* ---- Dekker's way in: both announce themselves, and look for the other ---- */

static atomic_int wants[2];
static atomic_int inside;

static bool announce_and_look(int me)
{
    if (is_correct) {
        STORE(wants[me], 1, seq_cst);
        return LOAD(wants[1 - me], seq_cst) == 0;
    }
    STORE(wants[me], 1, release);
    return LOAD(wants[1 - me], acquire) == 0;
}

static void enter(void *arg)
{
    if (announce_and_look(number(arg))) {
        WEFT_ASSERT(atomic_fetch_add_explicit(&inside, 1, memory_order_relaxed) == 0);
    }
}

static void main_enter(void *arg)
{
    (void)arg;
    run_two(enter, enter);
}

static void test_dekker(void **state)
{
    (void)state;
    expect_only_weak(main_enter, true);
}

/* ---- Peterson's lock ---- */

static atomic_int turn;
static atomic_int total;

static void add_to_total(void)
{
    STORE(total, LOAD(total, relaxed) + 1, relaxed);
}

static bool has_to_wait(int other)
{
    return is_correct ? LOAD(wants[other], seq_cst) != 0 && LOAD(turn, seq_cst) == other
                      : LOAD(wants[other], acquire) != 0 && LOAD(turn, acquire) == other;
}

static void add_in_turn(void *arg)
{
    const int me = number(arg);
    if (is_correct) {
        STORE(wants[me], 1, seq_cst);
        STORE(turn, 1 - me, seq_cst);
    } else {
        STORE(wants[me], 1, release);
        STORE(turn, 1 - me, release);
    }
    while (has_to_wait(1 - me)) {
        weft_yield();
    }
    add_to_total();
    STORE(wants[me], 0, release);
}

static void main_peterson(void *arg)
{
    (void)arg;
    run_two(add_in_turn, add_in_turn);
    WEFT_ASSERT(LOAD(total, relaxed) == 2);
}

static void test_peterson(void **state)
{
    (void)state;
    expect_only_weak(main_peterson, false);
}

/* ---- A spin lock ---- */

static atomic_int held;

static void add_under_lock(void *arg)
{
    (void)arg;
    while (atomic_exchange_explicit(&held, 1, memory_order_acquire) != 0) {
        weft_yield();
    }
    add_to_total();
    if (is_correct) {
        STORE(held, 0, release);
    } else {
        STORE(held, 0, relaxed);
    }
}

static void main_spin(void *arg)
{
    (void)arg;
    run_two(add_under_lock, add_under_lock);
    WEFT_ASSERT(LOAD(total, relaxed) == 2);
}

static void test_spin_lock(void **state)
{
    (void)state;
    expect_only_weak(main_spin, false);
}

/* ---- Double-checked locking ---- */

static weft_mutex mutex;
static atomic_bool ready;
static atomic_int object;

static bool is_ready(void)
{
    return is_correct ? LOAD(ready, acquire) : LOAD(ready, relaxed);
}

static void make_object(void)
{
    STORE(object, 42, relaxed);
    if (is_correct) {
        STORE(ready, true, release);
    } else {
        STORE(ready, true, relaxed);
    }
}

static void use_object(void *arg)
{
    (void)arg;
    if (!is_ready()) {
        weft_mutex_lock(&mutex);
        if (!LOAD(ready, relaxed)) {
            make_object();
        }
        weft_mutex_unlock(&mutex);
    }
    WEFT_ASSERT(LOAD(object, relaxed) == 42);
}

static void main_object(void *arg)
{
    (void)arg;
    run_two(use_object, use_object);
}

static void test_double_checked_locking(void **state)
{
    (void)state;
    expect_only_weak(main_object, true);
}

/* ---- A ring with one producer and one consumer ---- */

enum { SLOTS = 2, VALUES = 3 };

static atomic_int slots[SLOTS];
static atomic_int put_count;
static atomic_int taken_count;

static void produce(void *arg)
{
    (void)arg;
    for (int i = 0; i < VALUES && i - LOAD(taken_count, acquire) < SLOTS; i++) {
        STORE(slots[i % SLOTS], i + 1, relaxed);
        if (is_correct) {
            STORE(put_count, i + 1, release);
        } else {
            STORE(put_count, i + 1, relaxed);
        }
    }
}

static void consume(void *arg)
{
    (void)arg;
    for (int i = 0; i < VALUES && LOAD(put_count, acquire) > i; i++) {
        WEFT_ASSERT(LOAD(slots[i % SLOTS], relaxed) == i + 1);
        STORE(taken_count, i + 1, release);
    }
}

static void main_ring(void *arg)
{
    (void)arg;
    run_two(produce, consume);
}

static void test_ring(void **state)
{
    (void)state;
    expect_only_weak(main_ring, true);
}

/* ---- A sequence lock: Boehm, "Can Seqlocks Get Along With Programming Language Memory Models?"
 * (MSPC 2012) ---- */

static atomic_int sequence;
static atomic_int halves[2];

static void write_halves(void *arg)
{
    (void)arg;
    STORE(sequence, 1, relaxed);
    atomic_thread_fence(memory_order_release);
    STORE(halves[0], 1, relaxed);
    STORE(halves[1], 1, relaxed);
    STORE(sequence, 2, release);
}

static void read_halves(void *arg)
{
    (void)arg;
    const int before = LOAD(sequence, acquire);
    const int one = LOAD(halves[0], relaxed);
    const int other = LOAD(halves[1], relaxed);
    if (is_correct) {
        atomic_thread_fence(memory_order_acquire);
    }
    if (before % 2 == 0 && before == LOAD(sequence, relaxed)) {
        WEFT_ASSERT(one == other);
    }
}

static void main_halves(void *arg)
{
    (void)arg;
    run_two(write_halves, read_halves);
}

static void test_sequence_lock(void **state)
{
    (void)state;
    expect_only_weak(main_halves, true);
}

/* ---- Treiber's stack ---- */

static struct {
    atomic_int value;
    atomic_int next;
} nodes[3];
static atomic_int top; /* 0: empty */

static bool replace_top(int *expected, int desired)
{
    return is_correct ? atomic_compare_exchange_strong_explicit(
                            &top, expected, desired, memory_order_release, memory_order_relaxed)
                      : atomic_compare_exchange_strong_explicit(
                            &top, expected, desired, memory_order_relaxed, memory_order_relaxed);
}

static void push(void *arg)
{
    const int node = number(arg) + 1;
    int old = LOAD(top, relaxed);
    STORE(nodes[node].value, node, relaxed);
    do {
        STORE(nodes[node].next, old, relaxed);
    } while (!replace_top(&old, node));
}

static void pop(void *arg)
{
    (void)arg;
    int node = LOAD(top, acquire);
    if (node != 0 &&
        atomic_compare_exchange_strong_explicit(&top, &node, LOAD(nodes[node].next, relaxed),
                                                memory_order_acquire, memory_order_relaxed)) {
        WEFT_ASSERT(LOAD(nodes[node].value, relaxed) == node);
    }
}

static void push_and_pop(void *arg)
{
    push(arg);
    pop(arg);
}

static void main_stack(void *arg)
{
    (void)arg;
    run_two(push_and_pop, push_and_pop);
}

static void test_stack(void **state)
{
    (void)state;
    expect_only_weak(main_stack, true);
}

/* ---- References: who gives back the last one sees what all have done ---- */

static atomic_int references;
static atomic_int used[2];

static void use_and_give_back(void *arg)
{
    STORE(used[number(arg)], 1, relaxed);
    const int before = is_correct ? atomic_fetch_sub_explicit(&references, 1, memory_order_acq_rel)
                                  : atomic_fetch_sub_explicit(&references, 1, memory_order_relaxed);
    if (before == 1) {
        WEFT_ASSERT(LOAD(used[0], relaxed) + LOAD(used[1], relaxed) == 2);
    }
}

static void main_references(void *arg)
{
    (void)arg;
    STORE(references, 2, relaxed);
    run_two(use_and_give_back, use_and_give_back);
}

static void test_references(void **state)
{
    (void)state;
    expect_only_weak(main_references, true);
}

/* ---- What a history is ---- */

enum { STORES_MANY = 40 };

static weft_result explore_all(weft_fn *fn)
{
    weft_result result;
    const weft_options options = {.name = "history",
                                  .strategy = "dpor",
                                  .memory = "c11",
                                  .races = "off",
                                  .schedules = 200000,
                                  .time_ns = WEFT_NEVER};
    assert_int_equal(weft_explore(&options, fn, NULL, &result), 0);
    return result;
}

static void store_and_write(void *arg)
{
    (void)arg;
    STORE(object, 1, relaxed);
    STORE(object, 2, relaxed);
    *(volatile int *)(void *)&object = 2;
    STORE(ready, true, relaxed);
}

static void load_if_ready(void *arg)
{
    (void)arg;
    if (LOAD(ready, relaxed)) {
        WEFT_ASSERT(LOAD(object, relaxed) == 2);
    }
}

static void main_plain_write(void *arg)
{
    (void)arg;
    run_two(store_and_write, load_if_ready);
}

/* What was stored before a plain write is not found any more, though that leaves the same value. */
static void test_plain_write_ends_history(void **state)
{
    (void)state;
    weft_result result = explore_all(main_plain_write);
    assert_true(result.complete);
    weft_result_clear(&result);
}

static void store_many(void *arg)
{
    (void)arg;
    for (int i = 0; i < STORES_MANY; i++) {
        STORE(object, i, relaxed);
    }
}

static void load_once(void *arg)
{
    (void)arg;
    (void)LOAD(object, relaxed);
}

static void main_many(void *arg)
{
    (void)arg;
    run_two(store_many, load_once);
}

/* More values than there are choices: nothing is proved. */
static void test_too_many_values(void **state)
{
    (void)state;
    weft_result result = explore_all(main_many);
    assert_false(result.complete);
    weft_result_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dekker),
        cmocka_unit_test(test_peterson),
        cmocka_unit_test(test_spin_lock),
        cmocka_unit_test(test_double_checked_locking),
        cmocka_unit_test(test_ring),
        cmocka_unit_test(test_sequence_lock),
        cmocka_unit_test(test_stack),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_plain_write_ends_history),
        cmocka_unit_test(test_too_many_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
