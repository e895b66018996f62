/* chan_capacity_back: with one place in the buffer the first receive happens before the second send
 * returns, but not before the first one does, even if the value goes straight to a parked
 * receiver. */
#include "support/race_program.h"

static weft_chan *ch;
static int x;

static void receiver(void *arg)
{
    (void)arg;
    x = 1; /* RACE */
    weft_chan_recv(ch, NULL);
    weft_chan_recv(ch, NULL);
}

static void body(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 1);
    weft_go(receiver, NULL);
    weft_chan_send(ch, NULL);
    if (RACE_FIXED) {
        weft_chan_send(ch, NULL);
    }
    opaque_use(x); /* RACE */
    if (!RACE_FIXED) {
        weft_chan_send(ch, NULL);
    }
}

RACE_MAIN(body)
