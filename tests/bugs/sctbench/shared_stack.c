/* shared_stack: a flag says that something has been pushed, not that something is left to pop.
 * Expected: assertion in popper. After SCTBench CS/stack. */
#include "../support/bug.h"

enum { SIZE = 10 };

static weft_mutex mutex;
static weft_waitgroup threads;
static int stack[SIZE];
static int top;
static bool pushed;

static void push(int value)
{
    const int at = WEFT_READ(top);
    WEFT_WRITE(stack[at], value);
    WEFT_WRITE(top, at + 1);
}

/* false: underflow. */
static bool pop(int *ret_value)
{
    const int at = WEFT_READ(top);
    if (at == 0) {
        return false;
    }
    WEFT_WRITE(top, at - 1);
    *ret_value = WEFT_READ(stack[at - 1]);
    return true;
}

static void pusher(void *arg)
{
    (void)arg;
    for (int i = 0; i < SIZE; i++) {
        weft_mutex_lock(&mutex);
        push(i);
        WEFT_WRITE(pushed, true);
        weft_mutex_unlock(&mutex);
    }
    weft_waitgroup_done(&threads);
}

static void popper(void *arg)
{
    (void)arg;
    for (int i = 0; i < SIZE; i++) {
        int value = 0;
        weft_mutex_lock(&mutex);
        if (BUG_FIXED ? WEFT_READ(top) > 0 : WEFT_READ(pushed)) {
            WEFT_ASSERT(pop(&value));
        }
        weft_mutex_unlock(&mutex);
    }
    weft_waitgroup_done(&threads);
}

static void program(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&threads, 2);
    weft_go(pusher, NULL);
    weft_go(popper, NULL);
    weft_waitgroup_wait(&threads);
}

BUG_MAIN(program, ASSERTION("popper", "pop(&value)"))
