/* recv_deadline: a receive that has given up orders nothing. */
#include "support/race_program.h"

static weft_chan *ch;
static int x;

static void sender(void *arg)
{
    (void)arg;
    x = 1; /* RACE */
    weft_chan_send(ch, NULL);
}

static void body(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 1);
    weft_go(sender, NULL);
    if (weft_chan_recv_until(ch, NULL, weft_now() + WEFT_MICROSECOND) == 0 || !RACE_FIXED) {
        opaque_use(x); /* RACE */
    }
}

RACE_MAIN(body)
