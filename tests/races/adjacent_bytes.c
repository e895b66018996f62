/* adjacent_bytes: neighbours in one word do not race, two who share a byte do. */
#include "support/race_program.h"

enum { WORKERS = 8 };

static char cells[WORKERS];

static void worker(void *arg)
{
    char *const cell = arg;
    (*cell)++; /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    for (int i = 0; i < WORKERS; i++) {
        weft_go(worker, &cells[RACE_FIXED ? i : i / 2]);
    }
}

RACE_MAIN(body)
