/* caller_frame: a local variable of the function that called weft_run. */
#include "support/race_program.h"

static void writer(void *arg)
{
    int *const locals = arg;
    locals[0] = 1; /* RACE */
}

static void body(void *arg)
{
    const int *const locals = arg;
    weft_go(writer, arg);
    opaque_use(locals[RACE_FIXED ? 1 : 0]); /* RACE */
}

RACE_MAIN(body)
