/* cond_test.c: the condition variable, with a mutex. The other locks are in locker_test.c.
 *
 * Goal:   what wait does with the lock, and whom signal and broadcast wake. A goroutine that has
 *         said under the lock that it is about to wait is known to wait once somebody else has got
 *         that lock: so states are built without sleeping.
 * Source: sync.Cond docs. */
#include <weft/cmocka.h>

#include <errno.h>
#include <stdatomic.h>

enum { FEW = 3 };

typedef struct shared {
    weft_mutex mutex;
    weft_cond cond;
    weft_waitgroup ended;
    weft_waitgroup about_to_wait;
    weft_waitgroup gate;
    weft_chan *woken; /* of int: who */
    int woken_count;
    int value;
    int seen;
    bool ready;
} shared;

typedef struct waiter {
    shared *shared;
    int number;
} waiter;

static void start(shared *s, weft_fn *fn, void *arg)
{
    const weft_go_options options = {.name = "waiter"};
    assert_int_equal(weft_waitgroup_go_with(&s->ended, &options, fn, arg), 0);
}

/* Start a goroutine that waits with the mutex, and return when it does. */
static void start_waiting(shared *s, weft_fn *fn, void *arg)
{
    weft_waitgroup_add(&s->about_to_wait, 1);
    start(s, fn, arg);
    weft_waitgroup_wait(&s->about_to_wait);
    weft_mutex_lock(&s->mutex);
    weft_mutex_unlock(&s->mutex);
}

static int woken_so_far(shared *s)
{
    weft_mutex_lock(&s->mutex);
    const int count = s->woken_count;
    weft_mutex_unlock(&s->mutex);
    return count;
}

/* ---- Waiting with a mutex ---- */

static void wait_once(void *arg)
{
    shared *const s = arg;
    weft_mutex_lock(&s->mutex);
    weft_waitgroup_done(&s->about_to_wait);
    weft_cond_wait(&s->cond, &s->mutex);
    s->woken_count++;
    s->seen = s->value;
    weft_mutex_unlock(&s->mutex);
}

static void test_wait_unlocks_the_mutex(void **state)
{
    (void)state;
    shared s = {0};
    start_waiting(&s, wait_once, &s); /* locks it */
    weft_cond_signal(&s.cond);
    weft_waitgroup_wait(&s.ended);
}

static void wait_and_try_the_lock(void *arg)
{
    shared *const s = arg;
    weft_mutex_lock(&s->mutex);
    weft_waitgroup_done(&s->about_to_wait);
    weft_cond_wait(&s->cond, &s->mutex);
    s->seen = weft_mutex_try_lock(&s->mutex);
    weft_mutex_unlock(&s->mutex);
}

static void test_wait_returns_with_the_mutex_locked(void **state)
{
    (void)state;
    shared s = {.seen = -1};
    start_waiting(&s, wait_and_try_the_lock, &s);
    weft_cond_signal(&s.cond);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.seen, false);
    assert_true(weft_mutex_try_lock(&s.mutex));
    weft_mutex_unlock(&s.mutex);
}

static void test_wait_takes_the_mutex_only_when_the_signaller_lets_go(void **state)
{
    (void)state;
    shared s = {0};
    start_waiting(&s, wait_once, &s);
    weft_mutex_lock(&s.mutex);
    weft_cond_signal(&s.cond);
    weft_yield();
    weft_yield();
    assert_int_equal(s.woken_count, 0);
    s.value = 42;
    weft_mutex_unlock(&s.mutex);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.seen, 42);
}

static void test_signal_needs_no_lock(void **state)
{
    (void)state;
    shared s = {0};
    start_waiting(&s, wait_once, &s);
    weft_cond_signal(&s.cond);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.woken_count, 1);
}

static void test_broadcast_needs_no_lock(void **state)
{
    (void)state;
    shared s = {0};
    start_waiting(&s, wait_once, &s);
    weft_cond_broadcast(&s.cond);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.woken_count, 1);
}

static void note_value(void *arg)
{
    shared *const s = arg;
    weft_mutex_lock(&s->mutex);
    weft_waitgroup_done(&s->about_to_wait);
    weft_cond_wait(&s->cond, &s->mutex);
    weft_mutex_unlock(&s->mutex);
    s->seen = s->value;
}

/* value is written after the unlock: only the signal orders it. */
static void test_what_was_written_before_the_signal_is_visible(void **state)
{
    (void)state;
    shared s = {0};
    start_waiting(&s, note_value, &s);
    s.value = 42;
    weft_cond_signal(&s.cond);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.seen, 42);
}

/* ---- Whom signal and broadcast wake ---- */

static void wait_and_report(void *arg)
{
    const waiter *const w = arg;
    shared *const s = w->shared;
    weft_mutex_lock(&s->mutex);
    weft_waitgroup_done(&s->about_to_wait);
    weft_cond_wait(&s->cond, &s->mutex);
    s->woken_count++;
    weft_mutex_unlock(&s->mutex);
    weft_chan_send(s->woken, &w->number);
}

static void start_few(shared *s, waiter *waiters)
{
    s->woken = weft_chan_make(sizeof(int), FEW);
    assert_non_null(s->woken);
    for (int i = 0; i < FEW; i++) {
        waiters[i] = (waiter){.shared = s, .number = i};
        start_waiting(s, wait_and_report, &waiters[i]);
    }
}

static void wake_the_rest(shared *s)
{
    weft_cond_broadcast(&s->cond);
    weft_waitgroup_wait(&s->ended);
    weft_chan_release(s->woken);
}

static void test_signal_wakes_one(void **state)
{
    (void)state;
    shared s = {0};
    waiter waiters[FEW];
    start_few(&s, waiters);
    weft_cond_signal(&s.cond);
    weft_chan_recv(s.woken, NULL);
    weft_yield();
    assert_int_equal(woken_so_far(&s), 1);
    assert_int_equal(weft_chan_try_recv(s.woken, NULL), -EAGAIN);
    wake_the_rest(&s);
}

static void test_each_signal_wakes_one_more(void **state)
{
    (void)state;
    shared s = {0};
    waiter waiters[FEW];
    start_few(&s, waiters);
    for (int i = 0; i < FEW; i++) {
        assert_int_equal(woken_so_far(&s), i);
        weft_cond_signal(&s.cond);
        weft_chan_recv(s.woken, NULL);
    }
    assert_int_equal(woken_so_far(&s), FEW);
    wake_the_rest(&s);
}

static void test_signals_wake_in_the_order_of_waiting(void **state)
{
    (void)state;
    shared s = {0};
    waiter waiters[FEW];
    start_few(&s, waiters);
    for (int i = 0; i < FEW; i++) {
        int who = -1;
        weft_cond_signal(&s.cond);
        weft_chan_recv(s.woken, &who);
        assert_int_equal(who, i);
    }
    wake_the_rest(&s);
}

static void test_signals_in_a_row_wake_as_many(void **state)
{
    (void)state;
    shared s = {0};
    waiter waiters[FEW];
    start_few(&s, waiters);
    weft_cond_signal(&s.cond);
    weft_cond_signal(&s.cond);
    weft_chan_recv(s.woken, NULL);
    weft_chan_recv(s.woken, NULL);
    assert_int_equal(woken_so_far(&s), 2);
    wake_the_rest(&s);
}

static void test_broadcast_wakes_all(void **state)
{
    (void)state;
    shared s = {0};
    waiter waiters[FEW];
    start_few(&s, waiters);
    weft_cond_broadcast(&s.cond);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(woken_so_far(&s), FEW);
    weft_chan_release(s.woken);
}

static void test_broadcast_after_a_signal_wakes_the_rest(void **state)
{
    (void)state;
    shared s = {0};
    waiter waiters[FEW];
    start_few(&s, waiters);
    weft_cond_signal(&s.cond);
    weft_cond_broadcast(&s.cond);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(woken_so_far(&s), FEW);
    weft_chan_release(s.woken);
}

static void test_nobody_wakes_without_a_signal(void **state)
{
    (void)state;
    shared s = {0};
    waiter waiters[FEW];
    start_few(&s, waiters);
    weft_yield();
    weft_yield();
    assert_int_equal(woken_so_far(&s), 0);
    wake_the_rest(&s);
}

static void test_signal_that_nobody_waits_for_is_lost(void **state)
{
    (void)state;
    shared s = {0};
    weft_cond_signal(&s.cond);
    start_waiting(&s, wait_once, &s);
    weft_yield();
    assert_int_equal(woken_so_far(&s), 0);
    weft_cond_signal(&s.cond);
    weft_waitgroup_wait(&s.ended);
}

static void test_broadcast_that_nobody_waits_for_is_lost(void **state)
{
    (void)state;
    shared s = {0};
    weft_cond_broadcast(&s.cond);
    start_waiting(&s, wait_once, &s);
    weft_yield();
    assert_int_equal(woken_so_far(&s), 0);
    weft_cond_broadcast(&s.cond);
    weft_waitgroup_wait(&s.ended);
}

static void wait_twice(void *arg)
{
    shared *const s = arg;
    weft_mutex_lock(&s->mutex);
    weft_waitgroup_done(&s->about_to_wait);
    weft_cond_wait(&s->cond, &s->mutex);
    s->woken_count++;
    weft_waitgroup_done(&s->gate);
    weft_cond_wait(&s->cond, &s->mutex);
    s->woken_count++;
    weft_mutex_unlock(&s->mutex);
}

static void test_goroutine_that_waits_again_needs_another_signal(void **state)
{
    (void)state;
    shared s = {0};
    weft_waitgroup_add(&s.gate, 1);
    start_waiting(&s, wait_twice, &s);
    weft_cond_broadcast(&s.cond);
    weft_waitgroup_wait(&s.gate);
    assert_int_equal(woken_so_far(&s), 1); /* it waits again: we have had the lock */
    weft_cond_signal(&s.cond);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.woken_count, 2);
}

/* ---- In use ---- */

static void wait_until_ready(void *arg)
{
    shared *const s = arg;
    weft_mutex_lock(&s->mutex);
    while (!s->ready) {
        weft_cond_wait(&s->cond, &s->mutex);
    }
    s->woken_count++;
    weft_mutex_unlock(&s->mutex);
}

static void test_waiting_in_a_loop_misses_no_change_under_the_lock(void **state)
{
    (void)state;
    shared s = {0};
    for (int i = 0; i < FEW; i++) {
        start(&s, wait_until_ready, &s);
    }
    weft_mutex_lock(&s.mutex);
    s.ready = true;
    weft_cond_broadcast(&s.cond);
    weft_mutex_unlock(&s.mutex);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.woken_count, FEW);
}

static void produce(void *arg)
{
    shared *const s = arg;
    weft_mutex_lock(&s->mutex);
    s->value++;
    weft_cond_signal(&s->cond);
    weft_mutex_unlock(&s->mutex);
}

static void consume(void *arg)
{
    shared *const s = arg;
    weft_mutex_lock(&s->mutex);
    while (s->value == 0) {
        weft_cond_wait(&s->cond, &s->mutex);
    }
    s->value--;
    weft_mutex_unlock(&s->mutex);
}

static void test_one_signal_for_each_item_serves_every_consumer(void **state)
{
    (void)state;
    shared s = {0};
    for (int i = 0; i < FEW; i++) {
        start(&s, consume, &s);
        start(&s, produce, &s);
    }
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.value, 0);
}

static void test_one_mutex_serves_two_conditions(void **state)
{
    (void)state;
    shared s = {0};
    weft_cond other = {0};
    start_waiting(&s, wait_once, &s);
    weft_cond_broadcast(&other);
    weft_yield();
    assert_int_equal(woken_so_far(&s), 0);
    weft_cond_signal(&s.cond);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.woken_count, 1);
}

static void test_cond_can_be_signalled_outside_of_goroutines(void **state)
{
    (void)state;
    weft_cond cond = {0};
    weft_cond_signal(&cond);
    weft_cond_broadcast(&cond);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_wait_unlocks_the_mutex),
        weft_unit_test(test_wait_returns_with_the_mutex_locked),
        weft_unit_test(test_wait_takes_the_mutex_only_when_the_signaller_lets_go),
        weft_unit_test(test_signal_needs_no_lock),
        weft_unit_test(test_broadcast_needs_no_lock),
        weft_unit_test(test_what_was_written_before_the_signal_is_visible),
        weft_unit_test(test_signal_wakes_one),
        weft_unit_test(test_each_signal_wakes_one_more),
        weft_unit_test(test_signals_wake_in_the_order_of_waiting),
        weft_unit_test(test_signals_in_a_row_wake_as_many),
        weft_unit_test(test_broadcast_wakes_all),
        weft_unit_test(test_broadcast_after_a_signal_wakes_the_rest),
        weft_unit_test(test_nobody_wakes_without_a_signal),
        weft_unit_test(test_signal_that_nobody_waits_for_is_lost),
        weft_unit_test(test_broadcast_that_nobody_waits_for_is_lost),
        weft_unit_test(test_goroutine_that_waits_again_needs_another_signal),
        weft_unit_test(test_waiting_in_a_loop_misses_no_change_under_the_lock),
        weft_unit_test(test_one_signal_for_each_item_serves_every_consumer),
        weft_unit_test(test_one_mutex_serves_two_conditions),
        cmocka_unit_test(test_cond_can_be_signalled_outside_of_goroutines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
