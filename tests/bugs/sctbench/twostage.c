/* twostage: a writer sets two values under a mutex each, one after the other; a reader that comes
 * in between sees only the first.
 * Expected: assertion in reader. After SCTBench CS/twostage. */
#include "../support/bug.h"

static weft_mutex mutex1;
static weft_mutex mutex2;
static weft_waitgroup threads;
static int data1;
static int data2;

static void writer(void *arg)
{
    (void)arg;
    weft_mutex_lock(&mutex1);
    WEFT_WRITE(data1, 1);
    if (!BUG_FIXED) {
        weft_mutex_unlock(&mutex1);
    }
    weft_mutex_lock(&mutex2);
    const int first = WEFT_READ(data1);
    WEFT_WRITE(data2, first + 1);
    weft_mutex_unlock(&mutex2);
    bug_unlock(&mutex1);
    weft_waitgroup_done(&threads);
}

static void read_both(void)
{
    weft_mutex_lock(&mutex1);
    const int first = WEFT_READ(data1);
    weft_mutex_unlock(&mutex1);
    if (first == 0) {
        return;
    }
    weft_mutex_lock(&mutex2);
    const int second = WEFT_READ(data2);
    weft_mutex_unlock(&mutex2);
    WEFT_ASSERT(second == first + 1);
}

static void reader(void *arg)
{
    (void)arg;
    read_both();
    weft_waitgroup_done(&threads);
}

static void program(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&threads, 2);
    weft_go(writer, NULL);
    weft_go(reader, NULL);
    weft_waitgroup_wait(&threads);
}

BUG_MAIN(program, ASSERTION("reader", "second == first + 1"))
