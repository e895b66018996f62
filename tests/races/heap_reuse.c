/* heap_reuse: that malloc gives one goroutine the address which another one has freed is no race;
 * that both use a block which nobody has freed is. */
#include "support/race_program.h"

#include <stdlib.h>

static int shared;

static void worker(void *arg)
{
    (void)arg;
    int *const block = RACE_FIXED ? calloc(4, sizeof *block) : &shared;
    opaque_escape(block);
    block[0]++; /* RACE */
    opaque_escape(block);
    if (RACE_FIXED) {
        free(block);
    }
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
