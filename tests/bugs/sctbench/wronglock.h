/* wronglock.h: one thread counts under one mutex, OTHER_COUNT threads count under another.
 * Expected: assertion in owner. After SCTBench CS/wronglock. */
#include "../support/bug.h"

static weft_mutex data_mutex;
static weft_mutex other_mutex;
static weft_waitgroup threads;
static int value;

static void owner(void *arg)
{
    (void)arg;
    weft_mutex_lock(&data_mutex);
    const int before = WEFT_READ(value);
    const int seen = WEFT_READ(value);
    WEFT_WRITE(value, seen + 1);
    WEFT_ASSERT(WEFT_READ(value) == before + 1);
    weft_mutex_unlock(&data_mutex);
    weft_waitgroup_done(&threads);
}

static void other(void *arg)
{
    (void)arg;
    weft_mutex *const mutex = BUG_FIXED ? &data_mutex : &other_mutex;
    weft_mutex_lock(mutex);
    const int seen = WEFT_READ(value);
    WEFT_WRITE(value, seen + 1);
    weft_mutex_unlock(mutex);
    weft_waitgroup_done(&threads);
}

static void program(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&threads, OTHER_COUNT + 1);
    weft_go(owner, NULL);
    for (int i = 0; i < OTHER_COUNT; i++) {
        weft_go(other, NULL);
    }
    weft_waitgroup_wait(&threads);
}

BUG_MAIN(program, ASSERTION("owner", "WEFT_READ(value) == before + 1"))
