/* many_goroutines: more readers than bits in a word; main waits for all of them but one. */
#include "support/race_program.h"

enum { READERS = 70 };

static weft_waitgroup ended;
static int x;

static void reader(void *arg)
{
    (void)arg;
    opaque_use(x);
    weft_waitgroup_done(&ended);
}

static void late_reader(void *arg)
{
    (void)arg;
    opaque_use(x); /* RACE */
    if (RACE_FIXED) {
        weft_waitgroup_done(&ended);
    }
}

static void body(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&ended, RACE_FIXED ? READERS : READERS - 1);
    for (int i = 0; i < READERS - 1; i++) {
        weft_go(reader, NULL);
    }
    weft_go(late_reader, NULL);
    weft_waitgroup_wait(&ended);
    x = 1; /* RACE */
}

RACE_MAIN(body)
