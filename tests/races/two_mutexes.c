/* two_mutexes: each goroutine locks, but not the same mutex. */
#include "support/race_program.h"

static weft_mutex mutexes[2];
static int x;

static void worker(void *arg)
{
    weft_mutex *const mutex = arg;
    weft_mutex_lock(mutex);
    x++; /* RACE */
    weft_mutex_unlock(mutex);
}

static void body(void *arg)
{
    (void)arg;
    weft_go(worker, &mutexes[0]);
    weft_go(worker, &mutexes[RACE_FIXED ? 0 : 1]);
}

RACE_MAIN(body)
