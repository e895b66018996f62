/* panic_unlock: a panic leaves the block that held the mutex, so whoever recovers does not hold
 * it. */
#include "support/race_program.h"

static weft_mutex mutex;
static int failures;

static void fail(void *arg)
{
    (void)arg;
    WEFT_LOCKED(&mutex);
    if (RACE_FIXED) {
        failures++;
    }
    weft_panic("no");
}

static void worker(void *arg)
{
    (void)arg;
    if (weft_try(fail, NULL, NULL) != 0 && !RACE_FIXED) {
        failures++; /* RACE */
    }
}

static void body(void *arg)
{
    (void)arg;
    weft_go(worker, NULL);
    weft_go(worker, NULL);
}

RACE_MAIN(body)
