/* steal_test.c: work finds its way from the worker that has it to the others.
 * Goal: nothing that is runnable waits for a goroutine that computes on and on.
 * Method: main, or a few others, keep their worker busy without any schedule point, and can only
 * end when goroutines that were queued on that worker have run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <weft.h>

enum { MANY = 2000 }; /* more than a worker's ring holds */

static const int64_t patience_ns = 5 * WEFT_SECOND;
static const uint32_t worker_counts[] = {2, 3, 8};

/* Written by one goroutine, read by another: how many have run. */
static uint32_t ran;

static void count_up(void *arg)
{
    (void)arg;
    (void)__atomic_add_fetch(&ran, 1, __ATOMIC_ACQ_REL);
}

/* Compute, without a schedule point, until n have run. false: they never did. */
static bool spin_until(uint32_t n)
{
    const int64_t end_ns = weft_now() + patience_ns;
    while (__atomic_load_n(&ran, __ATOMIC_ACQUIRE) < n) {
        if (weft_now() > end_ns) {
            return false;
        }
    }
    return true;
}

/* A main function that writes whether all went well to *(bool *)arg. */
static void run_on_each(weft_fn *main_fn)
{
    for (size_t i = 0; i < sizeof worker_counts / sizeof *worker_counts; i++) {
        bool fine = false;
        ran = 0;
        const weft_options options = {.workers = worker_counts[i], .stack_size = 32768};
        assert_int_equal(weft_run_with(&options, main_fn, &fine), 0);
        assert_true(fine);
    }
}

static void main_one(void *fine)
{
    *(bool *)fine = weft_go(count_up, NULL) == 0 && spin_until(1);
}

static void test_the_next_slot_can_be_stolen(void **state)
{
    (void)state;
    run_on_each(main_one);
}

static void main_many(void *fine)
{
    bool started = true;
    for (uint32_t i = 0; i < MANY; i++) {
        started = weft_go(count_up, NULL) == 0 && started;
    }
    *(bool *)fine = started && spin_until(MANY);
}

static void test_the_ring_and_what_overflows_it_can_be_stolen(void **state)
{
    (void)state;
    run_on_each(main_many);
}

static void spin_for_two(void *arg)
{
    weft_chan *const done = arg;
    const bool fine = spin_until(1);
    weft_chan_send(done, &fine);
}

/* The goroutine that main's receive is woken for is behind a computing one. */
static void main_woken(void *fine)
{
    weft_chan *const done = weft_chan_make(sizeof(bool), 1);
    bool started = weft_go(spin_for_two, done) == 0;
    started = weft_go(count_up, NULL) == 0 && started;
    bool result = false;
    (void)weft_chan_recv(done, &result);
    weft_chan_release(done);
    *(bool *)fine = started && result;
}

static void test_a_goroutine_behind_a_computing_one_runs_elsewhere(void **state)
{
    (void)state;
    run_on_each(main_woken);
}

static void sleep_and_count(void *arg)
{
    weft_sleep(WEFT_MILLISECOND);
    count_up(arg);
}

static void main_timer(void *fine)
{
    const bool started = weft_go(sleep_and_count, NULL) == 0;
    weft_yield();
    *(bool *)fine = started && spin_until(1);
}

static void test_timers_fire_while_their_worker_computes(void **state)
{
    (void)state;
    run_on_each(main_timer);
}

typedef struct pair {
    weft_chan *there;
    weft_chan *back;
    uint32_t stop;
} pair;

static void ping(void *arg)
{
    pair *const p = arg;
    while (__atomic_load_n(&p->stop, __ATOMIC_RELAXED) == 0) {
        weft_chan_send(p->there, NULL);
        (void)weft_chan_recv(p->back, NULL);
    }
    weft_chan_close(p->there);
}

static void pong(void *arg)
{
    const pair *const p = arg;
    while (weft_chan_recv(p->there, NULL)) {
        weft_chan_send(p->back, NULL);
    }
}

static void main_pair(void *fine)
{
    enum { OTHERS = 100 };
    pair p = {.there = weft_chan_make(0, 0), .back = weft_chan_make(0, 0)};
    weft_waitgroup group = {0};
    bool started = weft_waitgroup_go(&group, ping, &p) == 0 &&
                   weft_waitgroup_go(&group, pong, &p) == 0;
    for (int i = 0; i < OTHERS; i++) {
        started = weft_go(count_up, NULL) == 0 && started;
        weft_yield();
    }
    const int64_t end_ns = weft_now() + patience_ns;
    while (__atomic_load_n(&ran, __ATOMIC_ACQUIRE) < OTHERS && weft_now() < end_ns) {
        weft_yield();
    }
    *(bool *)fine = started && ran == OTHERS;
    __atomic_store_n(&p.stop, 1, __ATOMIC_RELAXED);
    weft_waitgroup_wait(&group);
    weft_chan_release(p.there);
    weft_chan_release(p.back);
}

static void test_a_pair_that_wakes_each_other_starves_nobody(void **state)
{
    (void)state;
    bool fine = false;
    ran = 0;
    assert_int_equal(weft_run_with(&(weft_options){.workers = 1}, main_pair, &fine), 0);
    assert_true(fine);
    run_on_each(main_pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_next_slot_can_be_stolen),
        cmocka_unit_test(test_the_ring_and_what_overflows_it_can_be_stolen),
        cmocka_unit_test(test_a_goroutine_behind_a_computing_one_runs_elsewhere),
        cmocka_unit_test(test_timers_fire_while_their_worker_computes),
        cmocka_unit_test(test_a_pair_that_wakes_each_other_starves_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
