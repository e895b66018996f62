/* join_other: main waits for one of two workers and reads what both have written; fixed: it waits
 * for both. */
#include "support/race_program.h"

static weft_waitgroup ended;
static int first, second;

static void worker_1(void *arg)
{
    (void)arg;
    first = 1;
    weft_waitgroup_done(&ended);
}

static void worker_2(void *arg)
{
    (void)arg;
    second = 1; /* RACE */
    if (RACE_FIXED) {
        weft_waitgroup_done(&ended);
    }
}

static void body(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&ended, RACE_FIXED ? 2 : 1);
    weft_go(worker_2, NULL);
    weft_go(worker_1, NULL);
    weft_waitgroup_wait(&ended);
    opaque_use(first + second); /* RACE */
}

RACE_MAIN(body)
