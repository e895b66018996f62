/* group_wait: all that a group's functions do happens before wait returns. */
#include "support/race_program.h"

static weft_group group;
static int x;

static int worker(void *arg)
{
    (void)arg;
    race_pause();
    x = 1; /* RACE */
    return 0;
}

static void body(void *arg)
{
    (void)arg;
    (void)weft_group_go(&group, worker, NULL);
    race_pause();
    if (RACE_FIXED) {
        (void)weft_group_wait(&group);
    }
    opaque_use(x); /* RACE */
    if (!RACE_FIXED) {
        (void)weft_group_wait(&group);
    }
}

RACE_MAIN(body)
