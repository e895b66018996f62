/* short_lock_test.c: the short lock (lock.h): one at a time, what one wrote is seen by the next,
 * and who waits for it gets it. The waiting is the stepped backend's. */
#include "support/stepped.h"

static weft__lock lock;
static int number; /* plain */

static void add_one(void *arg)
{
    (void)arg;
    weft__lock_acquire(&lock);
    number++;
    weft__lock_release(&lock);
}

static void add_if_free(void *arg)
{
    (void)arg;
    if (weft__lock_try(&lock)) {
        number++;
        weft__lock_release(&lock);
    }
}

static void lock_of_three(void *arg)
{
    (void)arg;
    start(add_one, NULL);
    start(add_one, NULL);
    start(add_one, NULL);
    join();
    WEFT_ASSERT(number == 3);
}

static void lock_tried(void *arg)
{
    (void)arg;
    start(add_one, NULL);
    start(add_if_free, NULL);
    start(add_if_free, NULL);
    join();
    WEFT_ASSERT(number >= 1 && number <= 3);
}

RUN_SCENARIOS(SCENARIO(lock_of_three), SCENARIO(lock_tried))
