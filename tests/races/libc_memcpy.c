/* libc_memcpy: the C library reads the source and writes the target. */
#include "support/race_program.h"

#include <string.h>

static char source[64], target[64];

static void writer(void *arg)
{
    (void)arg;
    target[RACE_FIXED ? 40 : 39] = 1; /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    weft_go(writer, NULL);
    memcpy(target, source, opaque_size(40)); /* RACE */
    opaque_escape(target);
}

RACE_MAIN(body)
