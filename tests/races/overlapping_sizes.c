/* overlapping_sizes: a read of one byte within four that are written; fixed: of a byte behind
 * them. */
#include "support/race_program.h"

static uint32_t words[2];

static void writer(void *arg)
{
    (void)arg;
    words[0] = 0x01020304; /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    const unsigned char *const bytes = (const unsigned char *)words;
    weft_go(writer, NULL);
    opaque_use(bytes[RACE_FIXED ? 4 : 3]); /* RACE */
}

RACE_MAIN(body)
