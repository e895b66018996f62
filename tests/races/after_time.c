/* after_time: however long one waits, time orders nothing but what came before the timer. */
#include "support/race_program.h"

static weft_chan *later;
static int x;

static void waiter(void *arg)
{
    (void)arg;
    weft_chan_recv(later, NULL);
    opaque_use(x); /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    if (RACE_FIXED) {
        x = 1;
    }
    later = weft_after(WEFT_MILLISECOND);
    weft_go(waiter, NULL);
    if (!RACE_FIXED) {
        x = 2; /* RACE */
    }
}

RACE_MAIN(body)
