/* deadlock01: two threads take two mutexes in opposite orders to count.
 * Expected: deadlock, main in wait group wait, both others in mutex lock.
 * After SCTBench CS/deadlock01. */
#include "../support/bug.h"

static weft_mutex a;
static weft_mutex b;
static weft_waitgroup threads;
static int counter;

static void count(int change)
{
    const int before = WEFT_READ(counter);
    WEFT_WRITE(counter, before + change);
}

static void first(void *arg)
{
    (void)arg;
    weft_mutex_lock(&a);
    weft_mutex_lock(&b);
    count(+1);
    weft_mutex_unlock(&b);
    weft_mutex_unlock(&a);
    weft_waitgroup_done(&threads);
}

static void second(void *arg)
{
    (void)arg;
    weft_mutex *const outer = BUG_FIXED ? &a : &b;
    weft_mutex *const inner = BUG_FIXED ? &b : &a;
    weft_mutex_lock(outer);
    weft_mutex_lock(inner);
    count(-1);
    weft_mutex_unlock(inner);
    weft_mutex_unlock(outer);
    weft_waitgroup_done(&threads);
}

static void program(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&threads, 2);
    weft_go(first, NULL);
    weft_go(second, NULL);
    weft_waitgroup_wait(&threads);
}

BUG_MAIN(program,
         DEADLOCK({"main", "wait group wait"}, {"first", "mutex lock"}, {"second", "mutex lock"}))
