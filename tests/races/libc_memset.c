/* libc_memset: the C library writes; fixed: up to the byte that another one reads. */
#include "support/race_program.h"

#include <string.h>

static char buffer[64];

static void reader(void *arg)
{
    (void)arg;
    opaque_use(buffer[20]); /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    weft_go(reader, NULL);
    memset(buffer, 1, opaque_size(RACE_FIXED ? 20 : 21)); /* RACE */
}

RACE_MAIN(body)
