/* libc_strcpy: the zero at the end is written, too. */
#include "support/race_program.h"

#include <string.h>

static char source[8] = "weft";
static char target[8];

static void reader(void *arg)
{
    (void)arg;
    opaque_use(target[RACE_FIXED ? 5 : 4]); /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    opaque_escape(source);
    weft_go(reader, NULL);
    strcpy(target, source); /* RACE */
}

RACE_MAIN(body)
