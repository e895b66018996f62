/* chan_unbuffered_back: a receive from an unbuffered channel happens before the send returns; from
 * a channel with one place it does not. Go memory model, "Channel communication". */
#include "support/race_program.h"

static weft_chan *ch;
static int x;

static void receiver(void *arg)
{
    (void)arg;
    x = 1; /* RACE */
    weft_chan_recv(ch, NULL);
}

static void body(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, RACE_FIXED ? 0 : 1);
    weft_go(receiver, NULL);
    weft_chan_send(ch, NULL);
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
