/* heap_block: a block from malloc that two share; fixed: each its own. */
#include "support/race_program.h"

#include <stdlib.h>

static void worker(void *arg)
{
    int *const number = arg;
    ++*number; /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    int *const one = calloc(1, sizeof *one);
    int *const other = RACE_FIXED ? calloc(1, sizeof *other) : one;
    weft_go(worker, one);
    weft_go(worker, other);
}

RACE_MAIN(body)
