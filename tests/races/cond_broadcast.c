/* cond_broadcast: the condition is changed before the mutex is locked, and tested under it. */
#include "support/race_program.h"

static weft_mutex mutex;
static weft_cond cond;
static bool ready;

static void waiter(void *arg)
{
    (void)arg;
    weft_mutex_lock(&mutex);
    while (!ready) { /* RACE */
        weft_cond_wait(&cond, &mutex);
    }
    weft_mutex_unlock(&mutex);
}

static void body(void *arg)
{
    (void)arg;
    weft_go(waiter, NULL);
    weft_go(waiter, NULL);
    if (RACE_FIXED) {
        weft_mutex_lock(&mutex);
    }
    ready = true; /* RACE */
    if (!RACE_FIXED) {
        weft_mutex_lock(&mutex);
    }
    weft_cond_broadcast(&cond);
    weft_mutex_unlock(&mutex);
}

RACE_MAIN(body)
