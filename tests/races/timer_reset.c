/* timer_reset: whoever receives from the timer sees what was written before the reset that made it
 * fire, not what is written after it. */
#include "support/race_program.h"

static weft_timer *timer;
static int x;

static void waiter(void *arg)
{
    (void)arg;
    weft_chan_recv(weft_timer_chan(timer), NULL);
    opaque_use(x); /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    timer = weft_timer_make(3600 * WEFT_SECOND);
    (void)weft_timer_stop(timer);
    weft_go(waiter, NULL);
    if (RACE_FIXED) {
        x = 1;
    }
    (void)weft_timer_reset(timer, WEFT_MICROSECOND);
    race_pause();
    if (!RACE_FIXED) {
        x = 2; /* RACE */
    }
}

RACE_MAIN(body)
