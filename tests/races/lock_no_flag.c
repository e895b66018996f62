/* lock_no_flag: both lock the mutex between their accesses, but nothing says in which order; fixed:
 * the reader looks, under the mutex, whether the writer has been there. */
#include "support/race_program.h"

static weft_mutex mutex;
static bool written;
static int x;

static void writer(void *arg)
{
    (void)arg;
    x = 1; /* RACE */
    weft_mutex_lock(&mutex);
    written = true;
    weft_mutex_unlock(&mutex);
}

static void body(void *arg)
{
    (void)arg;
    weft_go(writer, NULL);
    weft_mutex_lock(&mutex);
    const bool ready = written;
    weft_mutex_unlock(&mutex);
    if (ready || !RACE_FIXED) {
        opaque_use(x); /* RACE */
    }
}

RACE_MAIN(body)
