/* locker_test.c: the locks that a condition variable waits with.
 *
 * Goal:   wait unlocks and locks again what it was given: a mutex, either side of an rwmutex, or
 *         the program's own. That a goroutine waits is known as in cond_test.c.
 * Source: sync.Cond and sync.Locker docs, sync.RWMutex.RLocker. */
#include <weft/cmocka.h>

enum { FEW = 3 };

typedef struct shared {
    weft_mutex mutex;
    weft_rwmutex rwmutex;
    weft_cond cond;
    weft_waitgroup ended;
    weft_waitgroup about_to_wait;
    weft_waitgroup gate;
    int seen;
    int value;
} shared;

static void start(shared *s, weft_fn *fn)
{
    const weft_go_options options = {.name = "waiter"};
    assert_int_equal(weft_waitgroup_go_with(&s->ended, &options, fn, s), 0);
}

static void wait_as_writer(void *arg)
{
    shared *const s = arg;
    weft_rwmutex_lock(&s->rwmutex);
    weft_waitgroup_done(&s->about_to_wait);
    weft_cond_wait(&s->cond, &s->rwmutex);
    s->seen = weft_rwmutex_try_rlock(&s->rwmutex);
    weft_rwmutex_unlock(&s->rwmutex);
}

static void test_wait_with_an_rwmutex_unlocks_and_locks_its_write_side(void **state)
{
    (void)state;
    shared s = {.seen = -1};
    weft_waitgroup_add(&s.about_to_wait, 1);
    start(&s, wait_as_writer);
    weft_waitgroup_wait(&s.about_to_wait);
    weft_rwmutex_lock(&s.rwmutex);
    weft_rwmutex_unlock(&s.rwmutex);
    weft_cond_signal(&s.cond);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.seen, false);
    assert_true(weft_rwmutex_try_lock(&s.rwmutex));
    weft_rwmutex_unlock(&s.rwmutex);
}

static void wait_as_reader(void *arg)
{
    shared *const s = arg;
    weft_rwmutex_rlock(&s->rwmutex);
    weft_waitgroup_done(&s->about_to_wait);
    weft_cond_wait(&s->cond, weft_rwmutex_rlocker(&s->rwmutex));
    s->seen = weft_rwmutex_try_lock(&s->rwmutex);
    s->value = weft_rwmutex_try_rlock(&s->rwmutex);
    if (s->value) {
        weft_rwmutex_runlock(&s->rwmutex);
    }
    weft_rwmutex_runlock(&s->rwmutex);
}

static void test_wait_with_an_rlocker_unlocks_and_locks_the_read_side(void **state)
{
    (void)state;
    shared s = {.seen = -1};
    weft_waitgroup_add(&s.about_to_wait, 1);
    start(&s, wait_as_reader);
    weft_waitgroup_wait(&s.about_to_wait);
    weft_rwmutex_lock(&s.rwmutex);
    weft_rwmutex_unlock(&s.rwmutex);
    weft_cond_signal(&s.cond);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.seen, false);
    assert_int_equal(s.value, true);
    assert_true(weft_rwmutex_try_lock(&s.rwmutex));
    weft_rwmutex_unlock(&s.rwmutex);
}

static void read_inside(void *arg)
{
    shared *const s = arg;
    weft_rwmutex_rlock(&s->rwmutex);
    weft_waitgroup_done(&s->about_to_wait);
    weft_cond_wait(&s->cond, weft_rwmutex_rlocker(&s->rwmutex));
    weft_waitgroup_done(&s->gate);
    weft_waitgroup_wait(&s->gate);
    weft_rwmutex_runlock(&s->rwmutex);
}

static void test_readers_woken_by_broadcast_hold_the_read_lock_together(void **state)
{
    (void)state;
    shared s = {0};
    weft_waitgroup_add(&s.gate, FEW);
    weft_waitgroup_add(&s.about_to_wait, FEW);
    for (int i = 0; i < FEW; i++) {
        start(&s, read_inside);
    }
    weft_waitgroup_wait(&s.about_to_wait);
    weft_rwmutex_lock(&s.rwmutex);
    weft_rwmutex_unlock(&s.rwmutex);
    weft_cond_broadcast(&s.cond);
    weft_waitgroup_wait(&s.ended);
}

/* A locker of the program's own: a mutex that counts. */
typedef struct counting {
    weft_mutex mutex;
    int locks;
    int unlocks;
} counting;

static void counting_lock(void *object)
{
    counting *const c = object;
    weft_mutex_lock(&c->mutex);
    c->locks++;
}

static void counting_unlock(void *object)
{
    counting *const c = object;
    c->unlocks++;
    weft_mutex_unlock(&c->mutex);
}

typedef struct custom {
    counting counting;
    weft_cond cond;
    weft_waitgroup ended;
    weft_waitgroup about_to_wait;
    bool held;
} custom;

static weft_locker counting_locker(counting *c)
{
    return (weft_locker){.lock = counting_lock, .unlock = counting_unlock, .object = c};
}

static void wait_with_own_locker(void *arg)
{
    custom *const c = arg;
    counting_lock(&c->counting);
    weft_waitgroup_done(&c->about_to_wait);
    weft_cond_wait(&c->cond, counting_locker(&c->counting));
    c->held = !weft_mutex_try_lock(&c->counting.mutex);
    counting_unlock(&c->counting);
}

static void test_wait_calls_unlock_and_lock_of_a_custom_locker_once_each(void **state)
{
    (void)state;
    custom c = {0};
    weft_waitgroup_add(&c.about_to_wait, 1);
    assert_int_equal(weft_waitgroup_go(&c.ended, wait_with_own_locker, &c), 0);
    weft_waitgroup_wait(&c.about_to_wait);
    weft_mutex_lock(&c.counting.mutex);
    assert_int_equal(c.counting.locks, 1);
    assert_int_equal(c.counting.unlocks, 1);
    weft_mutex_unlock(&c.counting.mutex);
    weft_cond_signal(&c.cond);
    weft_waitgroup_wait(&c.ended);
    assert_int_equal(c.counting.locks, 2);
    assert_int_equal(c.counting.unlocks, 2);
    assert_true(c.held);
}

/* Lets others run when the lock is free and wait has not returned from unlock yet. */
static void unlock_and_yield(void *object)
{
    counting_unlock(object);
    weft_yield();
    weft_yield();
}

static void wait_with_slow_unlock(void *arg)
{
    custom *const c = arg;
    weft_locker locker = counting_locker(&c->counting);
    locker.unlock = unlock_and_yield;
    counting_lock(&c->counting);
    weft_waitgroup_done(&c->about_to_wait);
    weft_cond_wait(&c->cond, locker);
    counting_unlock(&c->counting);
}

static void wait_slowly_and_wake(void (*wake)(weft_cond *cond))
{
    custom c = {0};
    weft_waitgroup_add(&c.about_to_wait, 2);
    assert_int_equal(weft_waitgroup_go(&c.ended, wait_with_slow_unlock, &c), 0);
    assert_int_equal(weft_waitgroup_go(&c.ended, wait_with_slow_unlock, &c), 0);
    weft_waitgroup_wait(&c.about_to_wait);
    weft_mutex_lock(&c.counting.mutex);
    weft_mutex_unlock(&c.counting.mutex);
    wake(&c.cond);
    weft_waitgroup_wait(&c.ended);
}

static void signal_twice(weft_cond *cond)
{
    weft_cond_signal(cond);
    weft_cond_signal(cond);
}

static void test_signal_is_not_lost_while_wait_still_unlocks(void **state)
{
    (void)state;
    wait_slowly_and_wake(signal_twice);
}

static void test_broadcast_is_not_lost_while_wait_still_unlocks(void **state)
{
    (void)state;
    wait_slowly_and_wake(weft_cond_broadcast);
}

static void wait_with_mutex_locker(void *arg)
{
    shared *const s = arg;
    weft_mutex_lock(&s->mutex);
    weft_waitgroup_done(&s->about_to_wait);
    weft_cond_wait(&s->cond, weft_mutex_locker(&s->mutex));
    s->seen = weft_mutex_try_lock(&s->mutex);
    weft_mutex_unlock(&s->mutex);
}

static void test_mutex_locker_stands_for_the_mutex(void **state)
{
    (void)state;
    shared s = {.seen = -1};
    weft_waitgroup_add(&s.about_to_wait, 1);
    start(&s, wait_with_mutex_locker);
    weft_waitgroup_wait(&s.about_to_wait);
    weft_mutex_lock(&s.mutex);
    weft_mutex_unlock(&s.mutex);
    weft_cond_signal(&s.cond);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.seen, false);
}

static void test_lockers_lock_and_unlock_what_they_stand_for(void **state)
{
    (void)state;
    shared s = {0};
    const weft_locker writer = weft_rwmutex_locker(&s.rwmutex);
    const weft_locker reader = weft_rwmutex_rlocker(&s.rwmutex);
    const weft_locker self = weft_locker_self(writer);
    writer.lock(writer.object);
    assert_false(weft_rwmutex_try_rlock(&s.rwmutex));
    self.unlock(self.object);
    reader.lock(reader.object);
    assert_false(weft_rwmutex_try_lock(&s.rwmutex));
    assert_true(weft_rwmutex_try_rlock(&s.rwmutex));
    weft_rwmutex_runlock(&s.rwmutex);
    reader.unlock(reader.object);
    assert_true(weft_rwmutex_try_lock(&s.rwmutex));
    weft_rwmutex_unlock(&s.rwmutex);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_wait_with_an_rwmutex_unlocks_and_locks_its_write_side),
        weft_unit_test(test_wait_with_an_rlocker_unlocks_and_locks_the_read_side),
        weft_unit_test(test_readers_woken_by_broadcast_hold_the_read_lock_together),
        weft_unit_test(test_wait_calls_unlock_and_lock_of_a_custom_locker_once_each),
        weft_unit_test(test_signal_is_not_lost_while_wait_still_unlocks),
        weft_unit_test(test_broadcast_is_not_lost_while_wait_still_unlocks),
        weft_unit_test(test_mutex_locker_stands_for_the_mutex),
        weft_unit_test(test_lockers_lock_and_unlock_what_they_stand_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
