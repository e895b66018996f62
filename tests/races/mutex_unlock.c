/* mutex_unlock: what is written after the unlock is not protected any more. */
#include "support/race_program.h"

static weft_mutex mutex;
static int x;

static void writer(void *arg)
{
    (void)arg;
    weft_mutex_lock(&mutex);
    if (RACE_FIXED) {
        x = 1;
    }
    weft_mutex_unlock(&mutex);
    if (!RACE_FIXED) {
        x = 2; /* RACE */
    }
}

static void body(void *arg)
{
    (void)arg;
    weft_go(writer, NULL);
    weft_mutex_lock(&mutex);
    opaque_use(x); /* RACE */
    weft_mutex_unlock(&mutex);
}

RACE_MAIN(body)
