/* after_func: the timer's function sees what was written before the timer was made, not what is
 * written afterwards. */
#include "support/race_program.h"

static int x;

static void fire(void *arg)
{
    (void)arg;
    opaque_use(x); /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    if (RACE_FIXED) {
        x = 1;
    }
    weft_timer *const timer = weft_timer_after_func(WEFT_MICROSECOND, fire, NULL);
    race_pause();
    if (!RACE_FIXED) {
        x = 2; /* RACE */
    }
    weft_sleep(WEFT_MILLISECOND);
    weft_timer_release(timer);
}

RACE_MAIN(body)
