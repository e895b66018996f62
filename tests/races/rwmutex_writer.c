/* rwmutex_writer: what a reader reads before it unlocks happens before the next writer, what it
 * reads afterwards does not. */
#include "support/race_program.h"

static weft_rwmutex rwmutex;
static int x;

static void writer(void *arg)
{
    (void)arg;
    weft_rwmutex_lock(&rwmutex);
    x = 1; /* RACE */
    weft_rwmutex_unlock(&rwmutex);
}

static void body(void *arg)
{
    (void)arg;
    weft_go(writer, NULL);
    weft_rwmutex_rlock(&rwmutex);
    if (RACE_FIXED) {
        opaque_use(x);
    }
    weft_rwmutex_runlock(&rwmutex);
    if (!RACE_FIXED) {
        opaque_use(x); /* RACE */
    }
}

RACE_MAIN(body)
