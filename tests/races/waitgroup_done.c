/* waitgroup_done: what is written before done is visible after wait, what is written after it is
 * not. */
#include "support/race_program.h"

static weft_waitgroup ended;
static int x;

static void worker(void *arg)
{
    (void)arg;
    if (RACE_FIXED) {
        x = 1;
    }
    weft_waitgroup_done(&ended);
    if (!RACE_FIXED) {
        x = 2; /* RACE */
    }
}

static void body(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&ended, 1);
    weft_go(worker, NULL);
    weft_waitgroup_wait(&ended);
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
