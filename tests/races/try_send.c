/* try_send: one that succeeds is a send; one that finds the buffer full passes nothing on. */
#include "support/race_program.h"

static weft_chan *ch;
static int x;

static void sender(void *arg)
{
    (void)arg;
    x = 1; /* RACE */
    (void)weft_chan_try_send(ch, NULL);
}

static void body(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 1);
    if (!RACE_FIXED) {
        weft_chan_send(ch, NULL);
    }
    weft_go(sender, NULL);
    weft_chan_recv(ch, NULL);
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
