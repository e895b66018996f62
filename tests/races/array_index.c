/* array_index: two workers for each element; fixed: one. */
#include "support/race_program.h"

static int elements[4];

static void worker(void *arg)
{
    int *const element = arg;
    *element += 1; /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    for (int i = 0; i < 4; i++) {
        weft_go(worker, &elements[RACE_FIXED ? i : i / 2]);
    }
}

RACE_MAIN(body)
