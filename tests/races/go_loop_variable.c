/* go_loop_variable: each goroutine gets the address of the loop's variable, which the loop goes on
 * to change; fixed: each gets the address of a copy. */
#include "support/race_program.h"

static int next;
static int copies[2];

static void worker(void *arg)
{
    opaque_use(*(const int *)arg); /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    while (next < 2) {
        copies[next] = next;
        weft_go(worker, RACE_FIXED ? &copies[next] : &next);
        next++; /* RACE */
    }
}

RACE_MAIN(body)
