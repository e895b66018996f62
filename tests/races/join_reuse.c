/* join_reuse: one goroutine after the other uses a variable; main joins between them or does not.
 * */
#include "support/race_program.h"

static weft_waitgroup ended;
static int x;

static void worker(void *arg)
{
    (void)arg;
    x++; /* RACE */
    weft_waitgroup_done(&ended);
}

static void body(void *arg)
{
    (void)arg;
    for (int i = 0; i < 3; i++) {
        weft_waitgroup_add(&ended, 1);
        weft_go(worker, NULL);
        if (RACE_FIXED) {
            weft_waitgroup_wait(&ended);
        }
    }
    weft_waitgroup_wait(&ended);
}

RACE_MAIN(body)
