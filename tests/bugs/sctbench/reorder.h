/* reorder.h: SETTERS threads set a and then b; a check, started last, expects both or none. The
 * setters that it does not catch in between must all be held back: what the first of them writes
 * into b hides the bug.
 * Expected: assertion in check. After SCTBench CS/reorder_<threads besides main>. */
#include "../support/bug.h"

static weft_mutex mutex; /* only the fixed form has it */
static weft_waitgroup threads;
static int a;
static int b;

static void setter(void *arg)
{
    (void)arg;
    bug_lock(&mutex);
    WEFT_WRITE(a, 1);
    WEFT_WRITE(b, -1);
    bug_unlock(&mutex);
    weft_waitgroup_done(&threads);
}

static void check(void *arg)
{
    (void)arg;
    bug_lock(&mutex);
    WEFT_ASSERT((WEFT_READ(a) == 0 && WEFT_READ(b) == 0) ||
                (WEFT_READ(a) == 1 && WEFT_READ(b) == -1));
    bug_unlock(&mutex);
    weft_waitgroup_done(&threads);
}

static void program(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&threads, SETTERS + 1);
    for (int i = 0; i < SETTERS; i++) {
        weft_go(setter, NULL);
    }
    weft_go(check, NULL);
    weft_waitgroup_wait(&threads);
}

BUG_MAIN(program, ASSERTION("check", "WEFT_READ(a) == 0 && WEFT_READ(b) == 0"))
