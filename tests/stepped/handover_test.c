/* handover_test.c: what is handed to a goroutine that waits: locks, units, the end of a wait. */
#include <errno.h>
#include <string.h>

#include "support/stepped.h"

static weft_mutex mutex;
static weft_rwmutex rwmutex;
static weft_cond cond;
static weft_once once;
static weft_waitgroup group;
static weft_sema sema;
static int number; /* what the locks are for */
static int calls;

/* ---- mutex ---- */

static void count_locked(void *arg)
{
    (void)arg;
    weft_mutex_lock(&mutex);
    number++;
    weft_mutex_unlock(&mutex);
}

static void count_if_free(void *arg)
{
    (void)arg;
    if (weft_mutex_try_lock(&mutex)) {
        number++;
        weft_mutex_unlock(&mutex);
    }
}

static void mutex_of_two(void *arg)
{
    (void)arg;
    start(count_locked, NULL);
    start(count_locked, NULL);
    join();
    WEFT_ASSERT(number == 2);
}

static void mutex_tried(void *arg)
{
    (void)arg;
    start(count_locked, NULL);
    start(count_if_free, NULL);
    join();
    WEFT_ASSERT(number == 1 || number == 2);
}

/* ---- rwmutex ---- */

static void read_locked(void *arg)
{
    (void)arg;
    weft_rwmutex_rlock(&rwmutex);
    WEFT_ASSERT(number == 0 || number == 2);
    weft_rwmutex_runlock(&rwmutex);
}

static void write_locked(void *arg)
{
    (void)arg;
    weft_rwmutex_lock(&rwmutex);
    number++;
    number++;
    weft_rwmutex_unlock(&rwmutex);
}

static void reader_and_writer(void *arg)
{
    (void)arg;
    start(read_locked, NULL);
    start(write_locked, NULL);
    join();
    WEFT_ASSERT(number == 2);
}

static void unlock_read(void *arg)
{
    (void)arg;
    weft_rwmutex_runlock(&rwmutex);
}

/* Two readers hold it: the second one to go lets the writer in. */
static void last_reader_admits(void *arg)
{
    (void)arg;
    weft_rwmutex_rlock(&rwmutex);
    weft_rwmutex_rlock(&rwmutex);
    start_parked(write_locked, NULL);
    start(unlock_read, NULL);
    start(read_locked, NULL);
    WEFT_ASSERT(number == 0);
    weft_rwmutex_runlock(&rwmutex);
    join();
    WEFT_ASSERT(number == 2);
}

/* ---- cond ---- */

static void wait_for_number(void *arg)
{
    (void)arg;
    weft_mutex_lock(&mutex);
    while (number == 0) {
        weft_cond_wait(&cond, &mutex);
    }
    weft_mutex_unlock(&mutex);
}

static void cond_signalled(void *arg)
{
    (void)arg;
    start(wait_for_number, NULL);
    weft_mutex_lock(&mutex);
    number = 1;
    weft_mutex_unlock(&mutex);
    weft_cond_signal(&cond);
    join();
}

/* ---- waitgroup, once ---- */

static void count_done(void *arg)
{
    (void)arg;
    weft_waitgroup_done(&group);
}

static void waitgroup_waited(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&group, 2);
    start(count_done, NULL);
    start(count_done, NULL);
    weft_waitgroup_wait(&group);
    memset(&group, 0xff, sizeof group); /* the last one is done with it */
    join();
}

static void call_counted(void *arg)
{
    (void)arg;
    calls++;
}

static void do_once(void *arg)
{
    (void)arg;
    weft_once_do(&once, call_counted, NULL);
    WEFT_ASSERT(calls == 1);
}

static void once_of_two(void *arg)
{
    (void)arg;
    start(do_once, NULL);
    start(do_once, NULL);
    join();
}

/* ---- sema ---- */

static void use_unit(void *arg)
{
    (void)arg;
    weft_sema_acquire(&sema, 1);
    number++;
    weft_sema_release(&sema, 1);
}

static void sema_of_two(void *arg)
{
    (void)arg;
    sema = WEFT_SEMA(1);
    start(use_unit, NULL);
    start(use_unit, NULL);
    join();
    WEFT_ASSERT(number == 2);
}

static int acquired;

static void acquire_until(void *arg)
{
    (void)arg;
    acquired = weft_sema_acquire_until(&sema, 1, weft_now() + 1);
}

/* The unit goes to who waits, or he gives up and it is free. */
static void sema_deadline(void *arg)
{
    (void)arg;
    sema = WEFT_SEMA(1);
    weft_sema_acquire(&sema, 1);
    start(acquire_until, NULL);
    weft_sema_release(&sema, 1);
    join();
    WEFT_ASSERT(acquired == 0 || acquired == -ETIMEDOUT);
    WEFT_ASSERT(weft_sema_try_acquire(&sema, 1) == (acquired != 0));
}

RUN_SCENARIOS(SCENARIO(mutex_of_two), SCENARIO(mutex_tried), SCENARIO(reader_and_writer),
              SCENARIO(last_reader_admits), SCENARIO(cond_signalled), SCENARIO(waitgroup_waited),
              SCENARIO(once_of_two), SCENARIO(sema_of_two), SCENARIO(sema_deadline))
