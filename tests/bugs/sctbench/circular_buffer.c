/* circular_buffer: producer and consumer take turns by two flags, but each counts its rounds
 * whether it had its turn or not, and takes the round for the number of the item.
 * Expected: assertion in consumer. After SCTBench CS/circular_buffer. */
#include "../support/bug.h"

enum { SIZE = 10, ROUNDS = 7 };

static weft_mutex mutex;
static weft_waitgroup threads;
static int buffer[SIZE];
static unsigned first;
static unsigned next;
static bool send = true;
static bool receive;

static void insert(int value)
{
    const unsigned at = WEFT_READ(next);
    WEFT_WRITE(buffer[at], value);
    WEFT_WRITE(next, (at + 1) % SIZE);
}

static int take(void)
{
    const unsigned at = WEFT_READ(first);
    WEFT_WRITE(first, (at + 1) % SIZE);
    return WEFT_READ(buffer[at]);
}

static void producer(void *arg)
{
    (void)arg;
    int turns = 0;
    for (int round = 0; round < ROUNDS; round++) {
        weft_mutex_lock(&mutex);
        if (WEFT_READ(send)) {
            insert(BUG_FIXED ? turns++ : round);
            WEFT_WRITE(send, false);
            WEFT_WRITE(receive, true);
        }
        weft_mutex_unlock(&mutex);
    }
    weft_waitgroup_done(&threads);
}

static void consumer(void *arg)
{
    (void)arg;
    int turns = 0;
    for (int round = 0; round < ROUNDS; round++) {
        weft_mutex_lock(&mutex);
        if (WEFT_READ(receive)) {
            const int expected = BUG_FIXED ? turns++ : round;
            WEFT_ASSERT(take() == expected);
            WEFT_WRITE(receive, false);
            WEFT_WRITE(send, true);
        }
        weft_mutex_unlock(&mutex);
    }
    weft_waitgroup_done(&threads);
}

static void program(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&threads, 2);
    weft_go(producer, NULL);
    weft_go(consumer, NULL);
    weft_waitgroup_wait(&threads);
}

BUG_MAIN(program, ASSERTION("consumer", "take() == expected"))
