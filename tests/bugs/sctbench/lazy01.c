/* lazy01: of three threads the last started must not see what the other two have added, although
 * nothing keeps it from running last.
 * Expected: assertion in third. After SCTBench CS/lazy01. */
#include "../support/bug.h"

static weft_mutex mutex;
static weft_waitgroup threads;
static int data;

static void add(int amount)
{
    weft_mutex_lock(&mutex);
    const int before = WEFT_READ(data);
    WEFT_WRITE(data, before + amount);
    weft_mutex_unlock(&mutex);
    weft_waitgroup_done(&threads);
}

static void first(void *arg)
{
    (void)arg;
    add(1);
}

static void second(void *arg)
{
    (void)arg;
    add(2);
}

static void third(void *arg)
{
    (void)arg;
    const int bound = BUG_FIXED ? 1 + 2 + 1 : 3;
    weft_mutex_lock(&mutex);
    WEFT_ASSERT(WEFT_READ(data) < bound);
    weft_mutex_unlock(&mutex);
    weft_waitgroup_done(&threads);
}

static void program(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&threads, 3);
    weft_go(first, NULL);
    weft_go(second, NULL);
    weft_go(third, NULL);
    weft_waitgroup_wait(&threads);
}

BUG_MAIN(program, ASSERTION("third", "WEFT_READ(data) < bound"))
