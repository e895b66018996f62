/* thread_locks_test.c: goroutines that use the locks of threads: they exclude each other and order
 * what they protect, and who waits for one lets others go on. */
#include "../support/explore.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <threads.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t second = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_spinlock_t spin;
static mtx_t plain;
static sem_t semaphore;
static atomic_int inside;
static int counter;
static weft_waitgroup ended;

/* What a lock protects: with schedule points that order nothing, and plain. */
static void enter_and_leave(void)
{
    WEFT_ASSERT(atomic_fetch_add_explicit(&inside, 1, memory_order_relaxed) == 0);
    counter++;
    atomic_fetch_sub_explicit(&inside, 1, memory_order_relaxed);
    weft_waitgroup_done(&ended);
}

#define LOCKED(name, lock, unlock)                                                                 \
    static void name##_worker(void *arg)                                                           \
    {                                                                                              \
        (void)arg;                                                                                 \
        lock;                                                                                      \
        enter_and_leave();                                                                         \
        unlock;                                                                                    \
    }                                                                                              \
    static void name(void *arg)                                                                    \
    {                                                                                              \
        weft_waitgroup_add(&ended, 3);                                                             \
        for (int i = 0; i < 3; i++) {                                                              \
            weft_go(name##_worker, arg);                                                           \
        }                                                                                          \
        weft_waitgroup_wait(&ended);                                                               \
    }

LOCKED(by_mutex, pthread_mutex_lock(&mutex), pthread_mutex_unlock(&mutex))
LOCKED(by_rwlock, pthread_rwlock_wrlock(&rwlock), pthread_rwlock_unlock(&rwlock))
LOCKED(by_spin_lock, pthread_spin_lock(&spin), pthread_spin_unlock(&spin))
LOCKED(by_mtx, mtx_lock(&plain), mtx_unlock(&plain))
LOCKED(by_semaphore, (void)sem_wait(&semaphore), (void)sem_post(&semaphore))
LOCKED(by_nothing, (void)0, (void)0)

static void they_exclude_and_order(void **state)
{
    (void)state;
    (void)pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    (void)mtx_init(&plain, mtx_plain);
    (void)sem_init(&semaphore, 0, 1);
    explore_clean(by_mutex, 1000);
    explore_clean(by_rwlock, 1000);
    explore_clean(by_spin_lock, 1000);
    explore_clean(by_mtx, 1000);
    explore_clean(by_semaphore, 1000);
    weft_result result = explore_runs(by_nothing, NULL, 1000);
    assert_true(result.finding_count != 0);
    weft_result_clear(&result);
}

static void one_way(void *arg)
{
    (void)arg;
    (void)pthread_mutex_lock(&mutex);
    (void)pthread_mutex_lock(&second);
    (void)pthread_mutex_unlock(&second);
    (void)pthread_mutex_unlock(&mutex);
}

static void other_way(void *arg)
{
    (void)arg;
    (void)pthread_mutex_lock(&second);
    (void)pthread_mutex_lock(&mutex);
    (void)pthread_mutex_unlock(&mutex);
    (void)pthread_mutex_unlock(&second);
}

static void lock_both_ways(void *arg)
{
    weft_go(one_way, arg);
    weft_go(other_way, arg);
}

static void a_deadlock_of_theirs_is_a_livelock(void **state)
{
    (void)state;
    weft_result result;
    const weft_options options = {.name = "both", .schedules = 1000, .max_steps = 2000};
    assert_int_equal(weft_explore(&options, lock_both_ways, NULL, &result), 1);
    assert_int_equal(result.findings[0].kind, WEFT_FOUND_LIVELOCK);
    weft_result_clear(&result);
}

static void wait_for_a_thread(void *arg)
{
    (void)arg;
    (void)pthread_mutex_lock(&mutex);
    (void)pthread_cond_wait(&cond, &mutex);
    (void)pthread_mutex_unlock(&mutex);
}

static void what_cannot_be_answered_is_refused(void **state)
{
    (void)state;
    weft_result result = explore_expecting(wait_for_a_thread, WEFT_FOUND_FATAL);
    assert_non_null(strstr(result.findings[0].message, "pthread_cond_wait would block"));
    weft_result_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_exclude_and_order),
        cmocka_unit_test(a_deadlock_of_theirs_is_a_livelock),
        cmocka_unit_test(what_cannot_be_answered_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
