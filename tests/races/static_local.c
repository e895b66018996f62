/* static_local: a function's static variable is shared by all who call it. */
#include "support/race_program.h"

static weft_mutex mutex;

static int count_calls(void)
{
    static int calls;
    return ++calls; /* RACE */
}

static void worker(void *arg)
{
    (void)arg;
    race_lock(&mutex);
    opaque_use(count_calls());
    race_unlock(&mutex);
}

static void body(void *arg)
{
    (void)arg;
    weft_go(worker, NULL);
    weft_go(worker, NULL);
}

RACE_MAIN(body)
