/* volatile_flag: volatile is no synchronisation. */
#include "support/race_program.h"

#include <stdatomic.h>

#ifdef FIXED
static atomic_int flag;
#else
static volatile int flag;
#endif

static void writer(void *arg)
{
    (void)arg;
    flag = 1; /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    weft_go(writer, NULL);
    opaque_use(flag); /* RACE */
}

RACE_MAIN(body)
