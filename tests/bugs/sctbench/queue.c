/* queue: sender and receiver take turns by two flags, but each counts its rounds whether it had its
 * turn or not, and so compares with what another round has stored.
 * Expected: assertion in receiver. After SCTBench CS/queue. */
#include "../support/bug.h"

enum { SIZE = 20 };

static weft_mutex mutex;
static weft_waitgroup threads;
static int queue[SIZE];
static int head;
static int tail;
static int stored[SIZE]; /* what was enqueued in which round */
static bool may_enqueue = true;
static bool may_dequeue;

static void enqueue(int round)
{
    const int at = WEFT_READ(tail);
    WEFT_WRITE(queue[at], round);
    WEFT_WRITE(tail, at + 1);
    WEFT_WRITE(stored[round], round);
}

static int dequeue(void)
{
    const int at = WEFT_READ(head);
    WEFT_WRITE(head, at + 1);
    return WEFT_READ(queue[at]);
}

static void sender(void *arg)
{
    (void)arg;
    weft_mutex_lock(&mutex);
    enqueue(0);
    weft_mutex_unlock(&mutex);
    int turns = 1;
    for (int round = 1; round < SIZE; round++) {
        weft_mutex_lock(&mutex);
        if (WEFT_READ(may_enqueue)) {
            enqueue(BUG_FIXED ? turns++ : round);
            WEFT_WRITE(may_enqueue, false);
            WEFT_WRITE(may_dequeue, true);
        }
        weft_mutex_unlock(&mutex);
    }
    weft_waitgroup_done(&threads);
}

static void receiver(void *arg)
{
    (void)arg;
    int turns = 0;
    for (int round = 0; round < SIZE; round++) {
        weft_mutex_lock(&mutex);
        if (WEFT_READ(may_dequeue)) {
            const int expected = BUG_FIXED ? turns++ : round;
            WEFT_ASSERT(dequeue() == WEFT_READ(stored[expected]));
            WEFT_WRITE(may_dequeue, false);
            WEFT_WRITE(may_enqueue, true);
        }
        weft_mutex_unlock(&mutex);
    }
    weft_waitgroup_done(&threads);
}

static void program(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&threads, 2);
    weft_go(sender, NULL);
    weft_go(receiver, NULL);
    weft_waitgroup_wait(&threads);
}

BUG_MAIN(program, ASSERTION("receiver", "dequeue() == "))
