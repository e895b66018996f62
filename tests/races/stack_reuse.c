/* stack_reuse: that a goroutine gets the stack of one which has ended is no race. */
#include "support/race_program.h"

static int shared;

static void worker(void *arg)
{
    (void)arg;
    int local = 0;
    int *const variable = RACE_FIXED ? &local : &shared;
    opaque_escape(variable);
    ++*variable; /* RACE */
    opaque_escape(variable);
}

static void body(void *arg)
{
    (void)arg;
    for (int i = 0; i < 3; i++) {
        weft_go(worker, NULL);
        weft_yield();
    }
}

RACE_MAIN(body)
