/* sema_units: a semaphore of one unit excludes, one of two does not. */
#include "support/race_program.h"

static weft_sema sema;
static int x;

static void worker(void *arg)
{
    (void)arg;
    weft_sema_acquire(&sema, 1);
    race_pause();
    x++; /* RACE */
    weft_sema_release(&sema, 1);
}

static void body(void *arg)
{
    (void)arg;
    sema = WEFT_SEMA(RACE_FIXED ? 1 : 2);
    weft_go(worker, NULL);
    weft_go(worker, NULL);
}

RACE_MAIN(body)
