/* rwmutex_test.c: the lock of many readers or one writer. Next ones: rwmutex_order_test.c.
 *
 * Goal:   who excludes whom, what the try variants say, and that nobody owns the lock.
 * Source: sync.RWMutex docs; Go memory model, "Locks". */
#include <weft/cmocka.h>

#include <stdatomic.h>

enum { FEW = 3, ROUNDS = 4 };

typedef struct shared {
    weft_rwmutex rwmutex;
    weft_waitgroup ended;
    weft_waitgroup met;
    atomic_int readers_inside;
    atomic_int writers_inside;
    atomic_int wrong;
    int value;
    int twin;
    int seen;
} shared;

static void start(shared *s, weft_fn *fn)
{
    const weft_go_options options = {.name = "locker"};
    assert_int_equal(weft_waitgroup_go_with(&s->ended, &options, fn, s), 0);
}

/* ---- One goroutine ---- */

static void test_zero_initialised_rwmutex_can_be_locked(void **state)
{
    (void)state;
    weft_rwmutex rwmutex = {0};
    weft_rwmutex_lock(&rwmutex);
    weft_rwmutex_unlock(&rwmutex);
}

static void test_zero_initialised_rwmutex_can_be_read_locked(void **state)
{
    (void)state;
    weft_rwmutex rwmutex = {0};
    weft_rwmutex_rlock(&rwmutex);
    weft_rwmutex_runlock(&rwmutex);
}

static void test_lock_and_rlock_alternate(void **state)
{
    (void)state;
    weft_rwmutex rwmutex = {0};
    for (int i = 0; i < 5; i++) {
        weft_rwmutex_lock(&rwmutex);
        weft_rwmutex_unlock(&rwmutex);
        weft_rwmutex_rlock(&rwmutex);
        weft_rwmutex_runlock(&rwmutex);
    }
}

static void test_try_rlock_succeeds_while_read_locked(void **state)
{
    (void)state;
    weft_rwmutex rwmutex = {0};
    weft_rwmutex_rlock(&rwmutex);
    assert_true(weft_rwmutex_try_rlock(&rwmutex));
    assert_true(weft_rwmutex_try_rlock(&rwmutex));
    weft_rwmutex_runlock(&rwmutex);
    weft_rwmutex_runlock(&rwmutex);
    weft_rwmutex_runlock(&rwmutex);
}

static void test_second_rlock_succeeds_when_no_writer_waits(void **state)
{
    (void)state;
    weft_rwmutex rwmutex = {0};
    weft_rwmutex_rlock(&rwmutex);
    weft_rwmutex_rlock(&rwmutex);
    weft_rwmutex_runlock(&rwmutex);
    weft_rwmutex_runlock(&rwmutex);
}

static void test_try_rlock_fails_while_write_locked(void **state)
{
    (void)state;
    weft_rwmutex rwmutex = {0};
    weft_rwmutex_lock(&rwmutex);
    assert_false(weft_rwmutex_try_rlock(&rwmutex));
    weft_rwmutex_unlock(&rwmutex);
    assert_true(weft_rwmutex_try_rlock(&rwmutex));
    weft_rwmutex_runlock(&rwmutex);
}

static void test_try_lock_fails_while_write_locked(void **state)
{
    (void)state;
    weft_rwmutex rwmutex = {0};
    assert_true(weft_rwmutex_try_lock(&rwmutex));
    assert_false(weft_rwmutex_try_lock(&rwmutex));
    weft_rwmutex_unlock(&rwmutex);
}

static void test_try_lock_fails_while_read_locked(void **state)
{
    (void)state;
    weft_rwmutex rwmutex = {0};
    weft_rwmutex_rlock(&rwmutex);
    assert_false(weft_rwmutex_try_lock(&rwmutex));
    weft_rwmutex_runlock(&rwmutex);
    assert_true(weft_rwmutex_try_lock(&rwmutex));
    weft_rwmutex_unlock(&rwmutex);
}

static void test_failed_try_lock_does_not_keep_readers_out(void **state)
{
    (void)state;
    weft_rwmutex rwmutex = {0};
    weft_rwmutex_rlock(&rwmutex);
    assert_false(weft_rwmutex_try_lock(&rwmutex));
    assert_true(weft_rwmutex_try_rlock(&rwmutex));
    weft_rwmutex_runlock(&rwmutex);
    weft_rwmutex_runlock(&rwmutex);
}

static void test_try_lock_succeeds_only_when_the_last_reader_has_left(void **state)
{
    (void)state;
    weft_rwmutex rwmutex = {0};
    weft_rwmutex_rlock(&rwmutex);
    assert_true(weft_rwmutex_try_rlock(&rwmutex));
    weft_rwmutex_runlock(&rwmutex);
    assert_false(weft_rwmutex_try_lock(&rwmutex));
    weft_rwmutex_runlock(&rwmutex);
    assert_true(weft_rwmutex_try_lock(&rwmutex));
    weft_rwmutex_unlock(&rwmutex);
}

static void test_rwmutex_works_outside_of_goroutines(void **state)
{
    (void)state;
    weft_rwmutex rwmutex = {0};
    assert_true(weft_rwmutex_try_lock(&rwmutex));
    weft_rwmutex_unlock(&rwmutex);
    assert_true(weft_rwmutex_try_rlock(&rwmutex));
    assert_false(weft_rwmutex_try_lock(&rwmutex));
    weft_rwmutex_runlock(&rwmutex);
}

/* ---- Readers share, writers exclude ---- */

static void meet_inside(void *arg)
{
    shared *const s = arg;
    weft_rwmutex_rlock(&s->rwmutex);
    weft_waitgroup_done(&s->met);
    weft_waitgroup_wait(&s->met);
    weft_rwmutex_runlock(&s->rwmutex);
}

static void test_readers_hold_the_lock_at_the_same_time(void **state)
{
    (void)state;
    shared s = {0};
    weft_waitgroup_add(&s.met, FEW);
    for (int i = 0; i < FEW; i++) {
        start(&s, meet_inside);
    }
    weft_waitgroup_wait(&s.ended);
}

static void test_unlock_admits_all_waiting_readers_together(void **state)
{
    (void)state;
    shared s = {0};
    weft_waitgroup_add(&s.met, FEW);
    weft_rwmutex_lock(&s.rwmutex);
    for (int i = 0; i < FEW; i++) {
        start(&s, meet_inside);
    }
    weft_yield();
    weft_rwmutex_unlock(&s.rwmutex);
    weft_waitgroup_wait(&s.ended);
}

static void read_often(void *arg)
{
    shared *const s = arg;
    for (int i = 0; i < ROUNDS; i++) {
        weft_rwmutex_rlock(&s->rwmutex);
        atomic_fetch_add(&s->readers_inside, 1);
        atomic_fetch_add(&s->wrong, atomic_load(&s->writers_inside) != 0);
        weft_yield();
        atomic_fetch_sub(&s->readers_inside, 1);
        weft_rwmutex_runlock(&s->rwmutex);
    }
}

static void write_often(void *arg)
{
    shared *const s = arg;
    for (int i = 0; i < ROUNDS; i++) {
        weft_rwmutex_lock(&s->rwmutex);
        const int writers = atomic_fetch_add(&s->writers_inside, 1);
        atomic_fetch_add(&s->wrong, writers != 0 || atomic_load(&s->readers_inside) != 0);
        weft_yield();
        atomic_fetch_sub(&s->writers_inside, 1);
        weft_rwmutex_unlock(&s->rwmutex);
    }
}

static void test_writer_excludes_readers_and_writers(void **state)
{
    (void)state;
    shared s = {0};
    start(&s, write_often);
    start(&s, read_often);
    start(&s, write_often);
    start(&s, read_often);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.wrong), 0);
}

static void write_twins(void *arg)
{
    shared *const s = arg;
    for (int i = 0; i < ROUNDS; i++) {
        weft_rwmutex_lock(&s->rwmutex);
        s->value++;
        weft_yield();
        s->twin++;
        weft_rwmutex_unlock(&s->rwmutex);
    }
}

static void read_twins(void *arg)
{
    shared *const s = arg;
    for (int i = 0; i < ROUNDS; i++) {
        weft_rwmutex_rlock(&s->rwmutex);
        const int value = s->value;
        weft_yield();
        atomic_fetch_add(&s->wrong, value != s->twin);
        weft_rwmutex_runlock(&s->rwmutex);
    }
}

static void test_readers_see_whole_updates(void **state)
{
    (void)state;
    shared s = {0};
    start(&s, write_twins);
    start(&s, read_twins);
    start(&s, write_twins);
    start(&s, read_twins);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_int_equal(s.value, 2 * ROUNDS);
    assert_int_equal(s.twin, 2 * ROUNDS);
}

static void try_twins(void *arg)
{
    shared *const s = arg;
    for (int i = 0; i < ROUNDS; i++) {
        if (weft_rwmutex_try_lock(&s->rwmutex)) {
            s->value++;
            weft_yield();
            s->twin++;
            weft_rwmutex_unlock(&s->rwmutex);
        }
        if (weft_rwmutex_try_rlock(&s->rwmutex)) {
            atomic_fetch_add(&s->wrong, s->value != s->twin);
            weft_rwmutex_runlock(&s->rwmutex);
        }
    }
}

static void test_try_lock_and_try_rlock_exclude_as_the_others_do(void **state)
{
    (void)state;
    shared s = {0};
    start(&s, try_twins);
    start(&s, write_twins);
    start(&s, read_twins);
    start(&s, try_twins);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_int_equal(s.value, s.twin);
}

static void write_once(void *arg)
{
    shared *const s = arg;
    weft_rwmutex_lock(&s->rwmutex);
    s->value++;
    weft_rwmutex_unlock(&s->rwmutex);
}

static void read_once(void *arg)
{
    shared *const s = arg;
    weft_rwmutex_rlock(&s->rwmutex);
    s->seen = s->value;
    weft_rwmutex_runlock(&s->rwmutex);
}

static void test_lock_waits_for_the_reader(void **state)
{
    (void)state;
    shared s = {0};
    weft_rwmutex_rlock(&s.rwmutex);
    start(&s, write_once);
    weft_yield();
    weft_yield();
    assert_int_equal(s.value, 0);
    weft_rwmutex_runlock(&s.rwmutex);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.value, 1);
}

static void test_lock_waits_for_all_readers(void **state)
{
    (void)state;
    shared s = {0};
    weft_rwmutex_rlock(&s.rwmutex);
    weft_rwmutex_rlock(&s.rwmutex);
    start(&s, write_once);
    weft_yield();
    weft_rwmutex_runlock(&s.rwmutex);
    weft_yield();
    assert_int_equal(s.value, 0);
    weft_rwmutex_runlock(&s.rwmutex);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.value, 1);
}

static void test_rlock_waits_for_the_writer(void **state)
{
    (void)state;
    shared s = {0};
    weft_rwmutex_lock(&s.rwmutex);
    start(&s, read_once);
    weft_yield();
    weft_yield();
    s.value = 42;
    weft_rwmutex_unlock(&s.rwmutex);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.seen, 42);
}

static void test_lock_waits_for_the_writer(void **state)
{
    (void)state;
    shared s = {0};
    weft_rwmutex_lock(&s.rwmutex);
    start(&s, write_once);
    weft_yield();
    weft_yield();
    s.value = 42;
    weft_rwmutex_unlock(&s.rwmutex);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.value, 43);
}

/* ---- Not owned ---- */

static void unlock_for_main(void *arg)
{
    shared *const s = arg;
    s->value = 42;
    weft_rwmutex_unlock(&s->rwmutex);
}

static void test_another_goroutine_may_unlock(void **state)
{
    (void)state;
    shared s = {0};
    weft_rwmutex_lock(&s.rwmutex);
    start(&s, unlock_for_main);
    weft_rwmutex_rlock(&s.rwmutex);
    assert_int_equal(s.value, 42);
    weft_rwmutex_runlock(&s.rwmutex);
    weft_waitgroup_wait(&s.ended);
}

static void runlock_for_main(void *arg)
{
    shared *const s = arg;
    s->value = 42;
    weft_rwmutex_runlock(&s->rwmutex);
}

static void test_another_goroutine_may_runlock(void **state)
{
    (void)state;
    shared s = {0};
    weft_rwmutex_rlock(&s.rwmutex);
    start(&s, runlock_for_main);
    weft_rwmutex_lock(&s.rwmutex);
    assert_int_equal(s.value, 42);
    weft_rwmutex_unlock(&s.rwmutex);
    weft_waitgroup_wait(&s.ended);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_zero_initialised_rwmutex_can_be_locked),
        weft_unit_test(test_zero_initialised_rwmutex_can_be_read_locked),
        weft_unit_test(test_lock_and_rlock_alternate),
        weft_unit_test(test_try_rlock_succeeds_while_read_locked),
        weft_unit_test(test_second_rlock_succeeds_when_no_writer_waits),
        weft_unit_test(test_try_rlock_fails_while_write_locked),
        weft_unit_test(test_try_lock_fails_while_write_locked),
        weft_unit_test(test_try_lock_fails_while_read_locked),
        weft_unit_test(test_failed_try_lock_does_not_keep_readers_out),
        weft_unit_test(test_try_lock_succeeds_only_when_the_last_reader_has_left),
        cmocka_unit_test(test_rwmutex_works_outside_of_goroutines),
        weft_unit_test(test_readers_hold_the_lock_at_the_same_time),
        weft_unit_test(test_unlock_admits_all_waiting_readers_together),
        weft_unit_test(test_writer_excludes_readers_and_writers),
        weft_unit_test(test_readers_see_whole_updates),
        weft_unit_test(test_try_lock_and_try_rlock_exclude_as_the_others_do),
        weft_unit_test(test_lock_waits_for_the_reader),
        weft_unit_test(test_lock_waits_for_all_readers),
        weft_unit_test(test_rlock_waits_for_the_writer),
        weft_unit_test(test_lock_waits_for_the_writer),
        weft_unit_test(test_another_goroutine_may_unlock),
        weft_unit_test(test_another_goroutine_may_runlock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
