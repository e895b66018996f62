/* rwmutex_order_test.c: who gets an rwmutex next.
 *
 * Goal:   waiting writers go before new readers. That a writer waits is seen by try_rlock, which
 *         then fails though only readers hold the lock. Whether it already waits is up to the
 *         schedule: tests that need it look a few times, and are content with what else holds if it
 *         did not come; but in the simulator it must have come sometimes. That waiting readers go
 *         before the next writer is in queue_test.c.
 * Source: sync.RWMutex docs. */
#include <weft/cmocka.h>

#include <stdatomic.h>

enum { FEW = 3, ROUNDS = 4, LOOKS = 20 };

typedef struct shared {
    weft_rwmutex rwmutex;
    weft_waitgroup ended;
    weft_waitgroup gate;
    weft_waitgroup met;
    int value;
    int seen;
    int order[FEW + 1];
    atomic_int order_count;
} shared;

static void start(shared *s, weft_fn *fn)
{
    const weft_go_options options = {.name = "locker"};
    assert_int_equal(weft_waitgroup_go_with(&s->ended, &options, fn, s), 0);
}

static void note_order(shared *s, int who)
{
    const int at = atomic_fetch_add(&s->order_count, 1);
    s->order[at] = who;
}

/* The caller holds the read lock. True: a writer waits now, and will until the caller lets go. */
static bool writer_waits(shared *s)
{
    bool waits = false;
    for (int i = 0; i < LOOKS && !waits; i++) {
        waits = !weft_rwmutex_try_rlock(&s->rwmutex);
        if (!waits) {
            weft_rwmutex_runlock(&s->rwmutex);
            weft_yield();
        }
    }
    WEFT_SOMETIMES(waits, "a writer waits");
    return waits;
}

static void write_once(void *arg)
{
    shared *const s = arg;
    weft_rwmutex_lock(&s->rwmutex);
    note_order(s, 'w');
    s->value++;
    weft_rwmutex_unlock(&s->rwmutex);
}

static void read_once(void *arg)
{
    shared *const s = arg;
    weft_rwmutex_rlock(&s->rwmutex);
    note_order(s, 'r');
    s->seen = s->value;
    weft_rwmutex_runlock(&s->rwmutex);
}

static void test_waiting_writer_keeps_new_readers_out(void **state)
{
    (void)state;
    shared s = {0};
    weft_rwmutex_rlock(&s.rwmutex);
    start(&s, write_once);
    if (writer_waits(&s)) {
        assert_false(weft_rwmutex_try_rlock(&s.rwmutex));
        weft_yield();
        assert_false(weft_rwmutex_try_rlock(&s.rwmutex));
    }
    weft_rwmutex_runlock(&s.rwmutex);
    weft_waitgroup_wait(&s.ended);
    assert_true(weft_rwmutex_try_rlock(&s.rwmutex));
    weft_rwmutex_runlock(&s.rwmutex);
}

static void test_reader_that_came_after_a_waiting_writer_sees_its_writes(void **state)
{
    (void)state;
    shared s = {0};
    weft_rwmutex_rlock(&s.rwmutex);
    start(&s, write_once);
    const bool waits = writer_waits(&s);
    start(&s, read_once);
    weft_yield();
    weft_rwmutex_runlock(&s.rwmutex);
    weft_waitgroup_wait(&s.ended);
    assert_true(!waits || s.seen == 1);
}

static void come_and_go(void *arg)
{
    shared *const s = arg;
    weft_rwmutex_rlock(&s->rwmutex);
    note_order(s, 'r');
    weft_rwmutex_runlock(&s->rwmutex);
}

static void test_waiting_writer_gets_in_though_readers_keep_coming(void **state)
{
    (void)state;
    shared s = {0};
    weft_rwmutex_rlock(&s.rwmutex);
    start(&s, write_once);
    const bool waits = writer_waits(&s);
    for (int i = 0; i < FEW; i++) {
        start(&s, come_and_go);
    }
    weft_yield();
    weft_rwmutex_runlock(&s.rwmutex);
    weft_waitgroup_wait(&s.ended);
    assert_true(!waits || s.order[0] == 'w');
}

static void write_second(void *arg)
{
    shared *const s = arg;
    weft_rwmutex_lock(&s->rwmutex);
    note_order(s, '2');
    weft_rwmutex_unlock(&s->rwmutex);
}

static void test_writer_that_waited_first_goes_first(void **state)
{
    (void)state;
    shared s = {0};
    weft_rwmutex_rlock(&s.rwmutex);
    start(&s, write_once);
    const bool waits = writer_waits(&s);
    start(&s, write_second);
    weft_yield();
    weft_rwmutex_runlock(&s.rwmutex);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(atomic_load(&s.order_count), 2);
    assert_true(!waits || s.order[0] == 'w');
}

static void write_often(void *arg)
{
    shared *const s = arg;
    for (int i = 0; i < ROUNDS; i++) {
        weft_rwmutex_lock(&s->rwmutex);
        s->value++;
        weft_yield();
        weft_rwmutex_unlock(&s->rwmutex);
    }
}

static void test_reader_gets_in_though_writers_keep_coming(void **state)
{
    (void)state;
    shared s = {.seen = -1};
    for (int i = 0; i < FEW; i++) {
        start(&s, write_often);
    }
    start(&s, read_once);
    weft_waitgroup_wait(&s.ended);
    assert_in_range(s.seen, 0, FEW * ROUNDS);
}

static void rlock_within_the_gate(void *arg)
{
    shared *const s = arg;
    weft_rwmutex_rlock(&s->rwmutex);
    weft_waitgroup_done(&s->met);
    weft_waitgroup_wait(&s->gate);
    weft_rwmutex_runlock(&s->rwmutex);
}

static void test_writer_gets_in_when_the_last_of_several_readers_leaves(void **state)
{
    (void)state;
    shared s = {0};
    weft_waitgroup_add(&s.met, FEW);
    weft_waitgroup_add(&s.gate, 1);
    for (int i = 0; i < FEW; i++) {
        start(&s, rlock_within_the_gate);
    }
    weft_waitgroup_wait(&s.met);
    start(&s, write_once);
    assert_false(weft_rwmutex_try_lock(&s.rwmutex));
    weft_waitgroup_done(&s.gate);
    weft_waitgroup_wait(&s.ended);
    assert_int_equal(s.value, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_waiting_writer_keeps_new_readers_out),
        weft_unit_test(test_reader_that_came_after_a_waiting_writer_sees_its_writes),
        weft_unit_test(test_waiting_writer_gets_in_though_readers_keep_coming),
        weft_unit_test(test_writer_that_waited_first_goes_first),
        weft_unit_test(test_reader_gets_in_though_writers_keep_coming),
        weft_unit_test(test_writer_gets_in_when_the_last_of_several_readers_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
