/* every_schedule_test.c: programs that fail in every schedule, so that the first must do, and their
 * repaired twins. They tell nothing about strategies: those are compared with tests/bugs. After the
 * trivial ones of SCTBench, by whose names they go. */
#include "../support/explore.h"

enum { ITEMS = 3, BLOCKS = 26, PHILOSOPHERS_MAX = 7 };

typedef struct form {
    bool repaired;
    int philosophers;
} form;

static weft_mutex mutex;
static weft_cond changed;
static weft_waitgroup threads;
static const form *program_form;
static int number;
static int total;
static int meals;
static bool fork_taken[PHILOSOPHERS_MAX];

static void check_form(weft_fn *program, form what, weft_finding_kind kind)
{
    what.repaired = false;
    weft_result result = explore_runs(program, &what, 1);
    assert_int_equal(result.finding_count, 1);
    assert_int_equal(result.findings[0].kind, kind);
    weft_result_clear(&result);
    what.repaired = true;
    result = explore_runs(program, &what, 500);
    assert_int_equal(result.finding_count, 0);
    weft_result_clear(&result);
}

static void run_two(weft_fn *first, weft_fn *second, const form *what)
{
    program_form = what;
    weft_waitgroup_add(&threads, 2);
    weft_go(first, NULL);
    weft_go(second, NULL);
    weft_waitgroup_wait(&threads);
}

/* ---- arithmetic_prog: a wrong sum ---- */

static void hand_over(void *arg)
{
    (void)arg;
    for (int i = 1; i <= ITEMS; i++) {
        weft_mutex_lock(&mutex);
        while (number != 0) {
            weft_cond_wait(&changed, &mutex);
        }
        number = i;
        weft_cond_signal(&changed);
        weft_mutex_unlock(&mutex);
    }
    weft_waitgroup_done(&threads);
}

static void add_up(void *arg)
{
    (void)arg;
    for (int i = 1; i <= ITEMS; i++) {
        weft_mutex_lock(&mutex);
        while (number == 0) {
            weft_cond_wait(&changed, &mutex);
        }
        total += number;
        number = 0;
        weft_cond_signal(&changed);
        weft_mutex_unlock(&mutex);
    }
    weft_waitgroup_done(&threads);
}

static void arithmetic_prog(void *arg)
{
    const form *const what = arg;
    run_two(hand_over, add_up, what);
    WEFT_ASSERT((total == ITEMS * (ITEMS + 1) / 2) == what->repaired);
}

static void test_arithmetic_prog(void **state)
{
    (void)state;
    check_form(arithmetic_prog, (form){0}, WEFT_FOUND_ASSERTION);
}

/* ---- fsbench: the last of 27 threads has an index out of range ---- */

static bool block_busy[BLOCKS];

static void take_block(void *arg)
{
    const int index = *(const int *)arg;
    weft_mutex_lock(&mutex);
    WEFT_ASSERT(index < BLOCKS);
    block_busy[index] = true;
    weft_mutex_unlock(&mutex);
    weft_waitgroup_done(&threads);
}

static void fsbench(void *arg)
{
    const form *const what = arg;
    static int indices[BLOCKS + 1];
    weft_waitgroup_add(&threads, BLOCKS + 1);
    for (int i = 0; i <= BLOCKS; i++) {
        indices[i] = what->repaired ? i % BLOCKS : i;
        weft_go(take_block, &indices[i]);
    }
    weft_waitgroup_wait(&threads);
}

static void test_fsbench(void **state)
{
    (void)state;
    check_form(fsbench, (form){0}, WEFT_FOUND_ASSERTION);
}

/* ---- phase01: a mutex is never unlocked ---- */

static void lock_and_forget(void *arg)
{
    (void)arg;
    weft_mutex_lock(&mutex);
    if (program_form->repaired) {
        weft_mutex_unlock(&mutex);
    }
    weft_waitgroup_done(&threads);
}

static void phase01(void *arg)
{
    run_two(lock_and_forget, lock_and_forget, arg);
}

static void test_phase01(void **state)
{
    (void)state;
    check_form(phase01, (form){0}, WEFT_FOUND_DEADLOCK);
}

/* ---- sync01: both wait for the other to begin ---- */

static void wait_until_set(void *arg)
{
    (void)arg;
    weft_mutex_lock(&mutex);
    while (number == 0) {
        weft_cond_wait(&changed, &mutex);
    }
    weft_mutex_unlock(&mutex);
    weft_waitgroup_done(&threads);
}

static void set_if_set(void *arg)
{
    (void)arg;
    weft_mutex_lock(&mutex);
    while (number == 0 && !program_form->repaired) {
        weft_cond_wait(&changed, &mutex);
    }
    number++;
    weft_cond_signal(&changed);
    weft_mutex_unlock(&mutex);
    weft_waitgroup_done(&threads);
}

static void sync01(void *arg)
{
    run_two(wait_until_set, set_if_set, arg);
}

static void test_sync01(void **state)
{
    (void)state;
    check_form(sync01, (form){0}, WEFT_FOUND_DEADLOCK);
}

/* ---- sync02: a signal comes, but what was waited for has not come true ---- */

static void wait_for_two(void *arg)
{
    (void)arg;
    weft_mutex_lock(&mutex);
    while (number < 2) {
        weft_cond_wait(&changed, &mutex);
    }
    weft_mutex_unlock(&mutex);
    weft_waitgroup_done(&threads);
}

static void add_one(void *arg)
{
    (void)arg;
    weft_mutex_lock(&mutex);
    number += program_form->repaired ? 2 : 1;
    weft_cond_signal(&changed);
    weft_mutex_unlock(&mutex);
    weft_waitgroup_done(&threads);
}

static void sync02(void *arg)
{
    run_two(wait_for_two, add_one, arg);
}

static void test_sync02(void **state)
{
    (void)state;
    check_form(sync02, (form){0}, WEFT_FOUND_DEADLOCK);
}

/* ---- din_phil: it is held against the philosophers that all have eaten ---- */

static void philosopher(void *arg)
{
    bool *const left = arg;
    const int count = program_form->philosophers;
    bool *const right = &fork_taken[(left - fork_taken + 1) % count];
    weft_mutex_lock(&mutex);
    while (*left || *right) {
        weft_cond_wait(&changed, &mutex);
    }
    *left = *right = true;
    weft_mutex_unlock(&mutex);
    weft_mutex_lock(&mutex);
    *left = *right = false;
    meals++;
    WEFT_ASSERT(meals != count || program_form->repaired);
    weft_cond_broadcast(&changed);
    weft_mutex_unlock(&mutex);
    weft_waitgroup_done(&threads);
}

static void din_phil(void *arg)
{
    program_form = arg;
    weft_waitgroup_add(&threads, program_form->philosophers);
    for (int i = 0; i < program_form->philosophers; i++) {
        weft_go(philosopher, &fork_taken[i]);
    }
    weft_waitgroup_wait(&threads);
}

static void test_din_phil(void **state)
{
    (void)state;
    for (int count = 2; count <= PHILOSOPHERS_MAX; count++) {
        check_form(din_phil, (form){.philosophers = count}, WEFT_FOUND_ASSERTION);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arithmetic_prog), cmocka_unit_test(test_fsbench),
        cmocka_unit_test(test_phase01),         cmocka_unit_test(test_sync01),
        cmocka_unit_test(test_sync02),          cmocka_unit_test(test_din_phil),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
