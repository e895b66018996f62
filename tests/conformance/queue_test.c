/* queue_test.c: who has waited longest goes first.
 *
 * Goal:   the order in which a mutex, an rwmutex and a semaphore serve those who wait. That
 *         somebody waits cannot be seen, but with timers = "idle" the simulator lets a sleep end
 *         only when all others wait: there, the promised order must be found. In the runtime a
 *         sleep proves nothing, and every order is accepted.
 * Source: weft.h, "Locks and friends"; sync.RWMutex; golang.org/x/sync/semaphore. */
#include <weft/cmocka.h>

#include <stdatomic.h>
#include <string.h>

enum { MANY = 6 };

typedef struct queue {
    weft_mutex mutex;
    weft_rwmutex rwmutex;
    weft_sema sema;
    weft_waitgroup ended;
    atomic_int served;
    char order[MANY + 1];
} queue;

typedef struct customer {
    queue *queue;
    char letter;
    int64_t units;
} customer;

/* In the order of service. With several readers at once, in the order in which they run on. */
static void note(const customer *c)
{
    c->queue->order[atomic_fetch_add(&c->queue->served, 1)] = c->letter;
}

static void join(queue *q, customer *c, weft_fn *fn)
{
    const weft_go_options options = {.name = "customer"};
    c->queue = q;
    WEFT_ASSERT(weft_waitgroup_go_with(&q->ended, &options, fn, c) == 0);
    weft_sleep(100 * WEFT_MICROSECOND);
}

static void check_order(queue *q, const char *expected)
{
    weft_waitgroup_wait(&q->ended);
    WEFT_ASSERT(strlen(q->order) == strlen(expected));
    WEFT_SOMETIMES(strcmp(q->order, expected) == 0, "the promised order");
}

static void explore(weft_fn *body)
{
    const weft_options options = {.name = "queue", .schedules = 50, .timers = "idle"};
    assert_int_equal(weft_run_with(&options, body, NULL), 0);
}

static void lock_mutex(void *arg)
{
    const customer *const c = arg;
    weft_mutex_lock(&c->queue->mutex);
    note(c);
    weft_mutex_unlock(&c->queue->mutex);
}

static void queue_for_a_mutex(void *arg)
{
    (void)arg;
    queue q = {.served = 0};
    customer all[] = {{.letter = '1'}, {.letter = '2'}, {.letter = '3'}};
    weft_mutex_lock(&q.mutex);
    for (int i = 0; i < 3; i++) {
        join(&q, &all[i], lock_mutex);
    }
    weft_mutex_unlock(&q.mutex);
    check_order(&q, "123");
}

static void test_mutex_goes_to_who_has_waited_longest(void **state)
{
    (void)state;
    explore(queue_for_a_mutex);
}

static void relock_mutex(void *arg)
{
    (void)arg;
    queue q = {.served = 0};
    customer other = {.letter = '1'};
    customer self = {.queue = &q, .letter = 'm'};
    weft_mutex_lock(&q.mutex);
    join(&q, &other, lock_mutex);
    weft_mutex_unlock(&q.mutex);
    weft_mutex_lock(&q.mutex);
    note(&self);
    weft_mutex_unlock(&q.mutex);
    check_order(&q, "1m");
}

static void test_who_unlocks_a_mutex_does_not_overtake_who_waits(void **state)
{
    (void)state;
    explore(relock_mutex);
}

static void lock_write(void *arg)
{
    const customer *const c = arg;
    weft_rwmutex_lock(&c->queue->rwmutex);
    note(c);
    weft_rwmutex_unlock(&c->queue->rwmutex);
}

static void lock_read(void *arg)
{
    const customer *const c = arg;
    weft_rwmutex_rlock(&c->queue->rwmutex);
    note(c);
    weft_rwmutex_runlock(&c->queue->rwmutex);
}

static void queue_behind_a_writer(void *arg)
{
    (void)arg;
    queue q = {.served = 0};
    customer writer = {.letter = 'w'};
    customer readers[] = {{.letter = 'r'}, {.letter = 'r'}};
    weft_rwmutex_lock(&q.rwmutex);
    join(&q, &readers[0], lock_read);
    join(&q, &writer, lock_write);
    join(&q, &readers[1], lock_read);
    weft_rwmutex_unlock(&q.rwmutex);
    check_order(&q, "rrw");
}

static void test_unlock_admits_queued_readers_before_next_writer(void **state)
{
    (void)state;
    explore(queue_behind_a_writer);
}

static void queue_behind_a_reader(void *arg)
{
    (void)arg;
    queue q = {.served = 0};
    customer writers[] = {{.letter = '1'}, {.letter = '2'}};
    customer reader = {.letter = 'r'};
    weft_rwmutex_rlock(&q.rwmutex);
    join(&q, &writers[0], lock_write);
    join(&q, &reader, lock_read);
    join(&q, &writers[1], lock_write);
    weft_rwmutex_runlock(&q.rwmutex);
    check_order(&q, "1r2");
}

static void test_writers_and_readers_take_turns(void **state)
{
    (void)state;
    explore(queue_behind_a_reader);
}

static void acquire_units(void *arg)
{
    const customer *const c = arg;
    weft_sema_acquire(&c->queue->sema, c->units);
    note(c);
    weft_sema_release(&c->queue->sema, c->units);
}

static void queue_for_units(void *arg)
{
    (void)arg;
    queue q = {.sema = WEFT_SEMA(3)};
    customer all[] = {
        {.letter = '1', .units = 3},
        {.letter = '2', .units = 2},
        {.letter = '3', .units = 3},
        {.letter = '4', .units = 1},
    };
    weft_sema_acquire(&q.sema, 1);
    for (int i = 0; i < 4; i++) {
        join(&q, &all[i], acquire_units);
    }
    weft_sema_release(&q.sema, 1);
    check_order(&q, "1234");
}

static void test_units_go_to_who_has_waited_longest(void **state)
{
    (void)state;
    explore(queue_for_units);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mutex_goes_to_who_has_waited_longest),
        cmocka_unit_test(test_who_unlocks_a_mutex_does_not_overtake_who_waits),
        cmocka_unit_test(test_unlock_admits_queued_readers_before_next_writer),
        cmocka_unit_test(test_writers_and_readers_take_turns),
        cmocka_unit_test(test_units_go_to_who_has_waited_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
