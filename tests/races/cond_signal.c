/* cond_signal: what is written before the signal is visible to whoever it wakes, what is written
 * after it is not. The mutex has no part in it: it is not held by who signals. */
#include "support/race_program.h"

static weft_mutex mutex;
static weft_cond cond;
static bool waiting;
static int x;

static bool somebody_waits(void)
{
    weft_mutex_lock(&mutex);
    const bool result = waiting;
    weft_mutex_unlock(&mutex);
    return result;
}

static void signaller(void *arg)
{
    (void)arg;
    while (!somebody_waits()) {
        weft_yield();
    }
    if (RACE_FIXED) {
        x = 1;
    }
    weft_cond_signal(&cond);
    if (!RACE_FIXED) {
        x = 2; /* RACE */
    }
}

static void body(void *arg)
{
    (void)arg;
    weft_go(signaller, NULL);
    weft_mutex_lock(&mutex);
    waiting = true;
    weft_cond_wait(&cond, &mutex); /* once: there are no spurious wake-ups */
    weft_mutex_unlock(&mutex);
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
