/* reads_only: any number may read; with one who writes there is a race. */
#include "support/race_program.h"

static int x;

static void reader(void *arg)
{
    (void)arg;
    opaque_use(x); /* RACE */
}

static void writer(void *arg)
{
    (void)arg;
    x = 1; /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    weft_go(reader, NULL);
    weft_go(RACE_FIXED ? reader : writer, NULL);
    weft_go(reader, NULL);
    opaque_escape(&x);
}

RACE_MAIN(body)
