/* timer_stop: a stop that came too late does not wait for the timer's function; fixed: main waits
 * for it then. */
#include "support/race_program.h"

static weft_chan *fired;
static int x;

static void fire(void *arg)
{
    (void)arg;
    race_pause();
    x = 1; /* RACE */
    weft_chan_send(fired, NULL);
}

static void body(void *arg)
{
    (void)arg;
    fired = weft_chan_make(0, 1);
    weft_timer *const timer = weft_timer_after_func(WEFT_MICROSECOND, fire, NULL);
    weft_sleep(2 * WEFT_MICROSECOND);
    race_pause();
    if (!weft_timer_stop(timer) && RACE_FIXED) {
        weft_chan_recv(fired, NULL);
    }
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
