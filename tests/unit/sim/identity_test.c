/* identity_test.c: runs that differ only in the order of independent operations are one behaviour,
 * and others are not: counted over many runs of programs whose number of behaviours is known. */
#include "../../support/explore.h"

#include "memory.h"
#include "run.h"
#include "order/identity.h"

enum { RUNS = 3000, SEEN_MAX = 2048 };

__attribute__((noinline)) static unsigned count_in_runs(weft_fn *fn)
{
    unsigned count = 0;
    weft__plan plan = {.main_fn = fn,
                       .strategy = &weft__strategy_random,
                       .seed = 1,
                       .max_steps = 10000,
                       .tail_steps = 10000};
    uint64_t *const kept = weft__grow(NULL, SEEN_MAX * sizeof *kept);
    for (plan.run = 0; plan.run < RUNS; plan.run++) {
        (void)weft__run_execute(&plan);
        const uint64_t identity = weft__identity("test");
        unsigned i = 0;
        while (i < count && kept[i] != identity) {
            i++;
        }
        if (i == count && count < SEEN_MAX) {
            kept[count++] = identity;
        }
    }
    free(kept);
    return count;
}

/* How many identities many random runs of fn have. What lies above this frame is put back before
 * each run, so the counting is another function's. */
__attribute__((noinline)) static unsigned count_identities(weft_fn *fn)
{
    weft__the_run.goroutine_limit = 100;
    weft__memory_remember(false, __builtin_frame_address(0));
    const unsigned count = count_in_runs(fn);
    weft__memory_forget();
    return count;
}

static weft_mutex mutexes[4];
static weft_chan *ch;

static void lock_one(void *mutex)
{
    weft_mutex_lock(mutex);
    weft_mutex_unlock(mutex);
}

static void independent_locks(void *arg)
{
    (void)arg;
    for (int i = 0; i < 4; i++) {
        weft_go(lock_one, &mutexes[i]);
    }
}

static void three_contenders(void *arg)
{
    (void)arg;
    for (int i = 0; i < 3; i++) {
        weft_go(lock_one, &mutexes[0]);
    }
}

static void send_four(void *arg)
{
    (void)arg;
    for (int i = 0; i < 4; i++) {
        weft_chan_send(ch, &i);
    }
}

static void receive_four(void *arg)
{
    (void)arg;
    int value = 0;
    for (int i = 0; i < 4; i++) {
        (void)weft_chan_recv(ch, &value);
    }
}

static void one_producer_one_consumer(void *arg)
{
    (void)arg;
    ch = weft_chan_make(sizeof(int), 2);
    weft_go(send_four, NULL);
    weft_go(receive_four, NULL);
}

static void send_two(void *arg)
{
    (void)arg;
    for (int i = 0; i < 2; i++) {
        weft_chan_send(ch, &i);
    }
}

static void two_producers_one_consumer(void *arg)
{
    (void)arg;
    ch = weft_chan_make(sizeof(int), 0);
    weft_go(send_two, NULL);
    weft_go(send_two, NULL);
    weft_go(receive_four, NULL);
}

static void test_independent_locks_are_one_behaviour(void **state)
{
    (void)state;
    assert_int_equal(count_identities(independent_locks), 1);
}

/* A send and a receive on a channel commute in every state of it. */
static void test_one_producer_and_one_consumer_are_one_behaviour(void **state)
{
    (void)state;
    assert_int_equal(count_identities(one_producer_one_consumer), 1);
}

/* Two times two sends of two goroutines: 4! / (2! 2!) orders. */
static void test_two_producers_are_six_behaviours(void **state)
{
    (void)state;
    assert_int_equal(count_identities(two_producers_one_consumer), 6);
}

/* At least the 3! orders in which the lock is taken. Unlocking and arriving are told apart too. */
static void test_contenders_for_a_lock_are_told_apart(void **state)
{
    (void)state;
    assert_true(count_identities(three_contenders) >= 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_independent_locks_are_one_behaviour),
        cmocka_unit_test(test_one_producer_and_one_consumer_are_one_behaviour),
        cmocka_unit_test(test_two_producers_are_six_behaviours),
        cmocka_unit_test(test_contenders_for_a_lock_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
