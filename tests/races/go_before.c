/* go_before: a goroutine sees what was written before the go statement, not what is written after
 * it. */
#include "support/race_program.h"

static int x;

static void reader(void *arg)
{
    (void)arg;
    opaque_use(x); /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    if (RACE_FIXED) {
        x = 1;
    }
    weft_go(reader, NULL);
    if (!RACE_FIXED) {
        x = 2; /* RACE */
    }
}

RACE_MAIN(body)
