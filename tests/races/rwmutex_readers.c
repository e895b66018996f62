/* rwmutex_readers: one of two who hold the read lock writes. */
#include "support/race_program.h"

static weft_rwmutex rwmutex;
static int x;

static void writer(void *arg)
{
    (void)arg;
    if (RACE_FIXED) {
        weft_rwmutex_lock(&rwmutex);
    } else {
        weft_rwmutex_rlock(&rwmutex);
    }
    race_pause();
    x = 1; /* RACE */
    if (RACE_FIXED) {
        weft_rwmutex_unlock(&rwmutex);
    } else {
        weft_rwmutex_runlock(&rwmutex);
    }
}

static void body(void *arg)
{
    (void)arg;
    weft_go(writer, NULL);
    weft_rwmutex_rlock(&rwmutex);
    race_pause();
    opaque_use(x); /* RACE */
    weft_rwmutex_runlock(&rwmutex);
}

RACE_MAIN(body)
