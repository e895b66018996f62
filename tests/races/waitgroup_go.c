/* waitgroup_go: all that the goroutine does happens before wait returns; here main does not wait
 * first. */
#include "support/race_program.h"

static weft_waitgroup ended;
static int x;

static void worker(void *arg)
{
    (void)arg;
    x = 1; /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    (void)weft_waitgroup_go(&ended, worker, NULL);
    race_pause();
    if (RACE_FIXED) {
        weft_waitgroup_wait(&ended);
    }
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
