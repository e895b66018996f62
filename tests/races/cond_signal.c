/* cond_signal: what is written before the signal is visible to whoever it wakes, what is written
 * after it is not. */
#include "support/race_program.h"

static weft_mutex mutex;
static weft_cond cond;
static bool ready;
static int x;

static void signaller(void *arg)
{
    (void)arg;
    if (RACE_FIXED) {
        x = 1;
    }
    weft_mutex_lock(&mutex);
    ready = true;
    weft_cond_signal(&cond);
    weft_mutex_unlock(&mutex);
    if (!RACE_FIXED) {
        x = 2; /* RACE */
    }
}

static void body(void *arg)
{
    (void)arg;
    weft_go(signaller, NULL);
    weft_mutex_lock(&mutex);
    while (!ready) {
        weft_cond_wait(&cond, &mutex);
    }
    weft_mutex_unlock(&mutex);
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
