/* goroutine_exit: the end of a goroutine happens before nothing, however long one sleeps; fixed: a
 * wait group. */
#include "support/race_program.h"

static weft_waitgroup ended;
static int x;

static void worker(void *arg)
{
    (void)arg;
    x = 1; /* RACE */
    if (RACE_FIXED) {
        weft_waitgroup_done(&ended);
    }
}

static void body(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&ended, RACE_FIXED);
    weft_go(worker, NULL);
    weft_sleep(WEFT_MICROSECOND);
    weft_waitgroup_wait(&ended);
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
