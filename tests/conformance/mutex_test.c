/* mutex_test.c: the mutual exclusion lock.
 *
 * Goal:   one holder at a time, who comes next, what is visible to it, and that nobody owns it.
 * Source: sync.Mutex docs; Go memory model, "Locks". */
#include <weft/cmocka.h>

#include <stdatomic.h>

enum { FEW = 3, ROUNDS = 5 };

typedef struct shared {
    weft_mutex mutex;
    weft_waitgroup ended;
    weft_waitgroup gate;
    atomic_int inside;
    atomic_int most_inside;
    int value;
    int seen;
} shared;

static void start(shared *s, weft_fn *fn)
{
    const weft_go_options options = {.name = "locker"};
    assert_int_equal(weft_waitgroup_go_with(&s->ended, &options, fn, s), 0);
}

static void test_zero_initialised_mutex_can_be_locked(void **state)
{
    (void)state;
    weft_mutex mutex = {0};
    weft_mutex_lock(&mutex);
    weft_mutex_unlock(&mutex);
}

static void test_mutex_can_be_locked_again_after_unlock(void **state)
{
    (void)state;
    weft_mutex mutex = {0};
    for (int i = 0; i < 10; i++) {
        weft_mutex_lock(&mutex);
        weft_mutex_unlock(&mutex);
    }
}

static void test_try_lock_takes_an_unlocked_mutex(void **state)
{
    (void)state;
    weft_mutex mutex = {0};
    assert_true(weft_mutex_try_lock(&mutex));
    assert_false(weft_mutex_try_lock(&mutex));
    weft_mutex_unlock(&mutex);
}

static void test_try_lock_fails_while_locked(void **state)
{
    (void)state;
    weft_mutex mutex = {0};
    weft_mutex_lock(&mutex);
    assert_false(weft_mutex_try_lock(&mutex));
    assert_false(weft_mutex_try_lock(&mutex));
    weft_mutex_unlock(&mutex);
}

static void test_failed_try_lock_leaves_the_mutex_as_it_was(void **state)
{
    (void)state;
    weft_mutex mutex = {0};
    weft_mutex_lock(&mutex);
    assert_false(weft_mutex_try_lock(&mutex));
    weft_mutex_unlock(&mutex);
    assert_true(weft_mutex_try_lock(&mutex));
    weft_mutex_unlock(&mutex);
}

static void try_and_note(void *arg)
{
    shared *const s = arg;
    s->seen = weft_mutex_try_lock(&s->mutex);
}

static void test_try_lock_fails_in_another_goroutine(void **state)
{
    (void)state;
    shared s = {.seen = -1};
    weft_mutex_lock(&s.mutex);
    start(&s, try_and_note);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.seen, false);
    weft_mutex_unlock(&s.mutex);
}

static void enter_and_leave(shared *s)
{
    const int inside = atomic_fetch_add(&s->inside, 1) + 1;
    if (inside > atomic_load(&s->most_inside)) {
        atomic_store(&s->most_inside, inside);
    }
    weft_yield();
    atomic_fetch_sub(&s->inside, 1);
}

static void hold_across_a_yield(void *arg)
{
    shared *const s = arg;
    for (int i = 0; i < ROUNDS; i++) {
        weft_mutex_lock(&s->mutex);
        enter_and_leave(s);
        weft_mutex_unlock(&s->mutex);
    }
}

static void test_one_goroutine_at_a_time_holds_the_mutex(void **state)
{
    (void)state;
    shared s = {0};
    for (int i = 0; i < FEW; i++) {
        start(&s, hold_across_a_yield);
    }
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.most_inside), 1);
}

static void try_to_hold(void *arg)
{
    shared *const s = arg;
    for (int i = 0; i < ROUNDS; i++) {
        if (weft_mutex_try_lock(&s->mutex)) {
            enter_and_leave(s);
            weft_mutex_unlock(&s->mutex);
        }
    }
}

static void test_try_lock_excludes_as_lock_does(void **state)
{
    (void)state;
    shared s = {0};
    start(&s, try_to_hold);
    start(&s, hold_across_a_yield);
    start(&s, try_to_hold);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.most_inside), 1);
}

static void add_up(void *arg)
{
    shared *const s = arg;
    for (int i = 0; i < ROUNDS; i++) {
        weft_mutex_lock(&s->mutex);
        const int before = s->value;
        weft_yield();
        s->value = before + 1;
        weft_mutex_unlock(&s->mutex);
    }
}

static void test_no_update_under_the_mutex_is_lost(void **state)
{
    (void)state;
    shared s = {0};
    for (int i = 0; i < FEW; i++) {
        start(&s, add_up);
    }
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.value, FEW * ROUNDS);
}

static void lock_and_look(void *arg)
{
    shared *const s = arg;
    weft_mutex_lock(&s->mutex);
    s->seen = s->value;
    weft_mutex_unlock(&s->mutex);
}

static void test_lock_waits_for_unlock(void **state)
{
    (void)state;
    shared s = {0};
    weft_mutex_lock(&s.mutex);
    start(&s, lock_and_look);
    weft_yield();
    weft_yield();
    s.value = 42;
    weft_mutex_unlock(&s.mutex);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.seen, 42);
}

static void test_unlock_lets_each_of_the_waiting_in_one_after_the_other(void **state)
{
    (void)state;
    shared s = {0};
    weft_mutex_lock(&s.mutex);
    for (int i = 0; i < FEW; i++) {
        start(&s, hold_across_a_yield);
    }
    weft_yield();
    weft_mutex_unlock(&s.mutex);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.most_inside), 1);
    assert_true(weft_mutex_try_lock(&s.mutex));
    weft_mutex_unlock(&s.mutex);
}

static void unlock_for_main(void *arg)
{
    shared *const s = arg;
    s->value = 42;
    weft_mutex_unlock(&s->mutex);
}

static void test_another_goroutine_may_unlock(void **state)
{
    (void)state;
    shared s = {0};
    weft_mutex_lock(&s.mutex);
    start(&s, unlock_for_main);
    weft_mutex_lock(&s.mutex);
    assert_int_equal(s.value, 42);
    weft_mutex_unlock(&s.mutex);
    weft_waitgroup_wait(&s.ended);
}

static void lock_and_leave_locked(void *arg)
{
    shared *const s = arg;
    weft_mutex_lock(&s->mutex);
    s->value = 42;
}

static void test_mutex_stays_locked_when_its_locker_has_ended(void **state)
{
    (void)state;
    shared s = {0};
    start(&s, lock_and_leave_locked);
    weft_waitgroup_wait(&s.ended);
    assert_false(weft_mutex_try_lock(&s.mutex));
    assert_int_equal(s.value, 42);
    weft_mutex_unlock(&s.mutex);
}

typedef struct both {
    weft_mutex first;
    weft_mutex second;
    weft_waitgroup ended;
    int value;
} both;

static void take_both(void *arg)
{
    both *const b = arg;
    for (int i = 0; i < ROUNDS; i++) {
        weft_mutex_lock(&b->first);
        weft_mutex_lock(&b->second);
        b->value++;
        weft_mutex_unlock(&b->first); /* in any order */
        weft_mutex_unlock(&b->second);
    }
}

static void test_mutexes_are_independent_of_each_other(void **state)
{
    (void)state;
    both b = {0};
    assert_int_equal(weft_waitgroup_go(&b.ended, take_both, &b), 0);
    assert_int_equal(weft_waitgroup_go(&b.ended, take_both, &b), 0);
    weft_waitgroup_wait(&b.ended);
    assert_int_equal(b.value, 2 * ROUNDS);
    assert_true(weft_mutex_try_lock(&b.first));
    assert_true(weft_mutex_try_lock(&b.second));
    weft_mutex_unlock(&b.second);
    weft_mutex_unlock(&b.first);
}

typedef struct ball {
    weft_mutex turns[2];
    weft_waitgroup ended;
    int hits;
} ball;

static void hit_back(ball *b, int side)
{
    for (int i = 0; i < ROUNDS; i++) {
        weft_mutex_lock(&b->turns[side]);
        assert_int_equal(b->hits % 2, side);
        b->hits++;
        weft_mutex_unlock(&b->turns[1 - side]);
    }
}

static void play_second(void *arg)
{
    hit_back(arg, 1);
}

static void test_two_goroutines_take_turns_by_unlocking_for_each_other(void **state)
{
    (void)state;
    ball b = {0};
    weft_mutex_lock(&b.turns[1]);
    assert_int_equal(weft_waitgroup_go(&b.ended, play_second, &b), 0);
    hit_back(&b, 0);
    weft_waitgroup_wait(&b.ended);
    assert_int_equal(b.hits, 2 * ROUNDS);
}

static void use_a_mutex_on_the_stack(void *arg)
{
    (void)arg;
    shared s = {0};
    weft_mutex_lock(&s.mutex);
    start(&s, lock_and_look);
    s.value = 7;
    weft_mutex_unlock(&s.mutex);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.seen, 7);
}

static void test_memory_of_a_mutex_may_be_used_again_after_the_last_unlock(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        use_a_mutex_on_the_stack(NULL);
    }
}

static void test_mutex_works_outside_of_goroutines(void **state)
{
    (void)state;
    weft_mutex mutex = {0};
    assert_true(weft_mutex_try_lock(&mutex));
    assert_false(weft_mutex_try_lock(&mutex));
    weft_mutex_unlock(&mutex);
    assert_true(weft_mutex_try_lock(&mutex));
    weft_mutex_unlock(&mutex);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_zero_initialised_mutex_can_be_locked),
        weft_unit_test(test_mutex_can_be_locked_again_after_unlock),
        weft_unit_test(test_try_lock_takes_an_unlocked_mutex),
        weft_unit_test(test_try_lock_fails_while_locked),
        weft_unit_test(test_failed_try_lock_leaves_the_mutex_as_it_was),
        weft_unit_test(test_try_lock_fails_in_another_goroutine),
        weft_unit_test(test_one_goroutine_at_a_time_holds_the_mutex),
        weft_unit_test(test_try_lock_excludes_as_lock_does),
        weft_unit_test(test_no_update_under_the_mutex_is_lost),
        weft_unit_test(test_lock_waits_for_unlock),
        weft_unit_test(test_unlock_lets_each_of_the_waiting_in_one_after_the_other),
        weft_unit_test(test_another_goroutine_may_unlock),
        weft_unit_test(test_mutex_stays_locked_when_its_locker_has_ended),
        weft_unit_test(test_mutexes_are_independent_of_each_other),
        weft_unit_test(test_two_goroutines_take_turns_by_unlocking_for_each_other),
        weft_unit_test(test_memory_of_a_mutex_may_be_used_again_after_the_last_unlock),
        cmocka_unit_test(test_mutex_works_outside_of_goroutines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
