/* try_lock: one that failed has not locked. */
#include "support/race_program.h"

static weft_mutex mutex;
static int x;

static void worker(void *arg)
{
    (void)arg;
    const bool locked = weft_mutex_try_lock(&mutex);
    if (locked || !RACE_FIXED) {
        race_pause();
        x++; /* RACE */
    }
    if (locked) {
        weft_mutex_unlock(&mutex);
    }
}

static void body(void *arg)
{
    (void)arg;
    weft_go(worker, NULL);
    weft_go(worker, NULL);
}

RACE_MAIN(body)
