/* blocking_call: weft_blocking is a plain call: it orders nothing. */
#include "support/race_program.h"

static weft_mutex mutex;
static int x;

static void compute(void *arg)
{
    (void)arg;
    x++; /* RACE */
}

static void worker(void *arg)
{
    (void)arg;
    race_lock(&mutex);
    weft_blocking(compute, NULL);
    race_unlock(&mutex);
}

static void body(void *arg)
{
    (void)arg;
    weft_go(worker, NULL);
    weft_go(worker, NULL);
}

RACE_MAIN(body)
