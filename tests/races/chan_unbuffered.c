/* chan_unbuffered: what is written before a send is visible after the receive, what is written
 * after it is not. */
#include "support/race_program.h"

static weft_chan *ch;
static int x;

static void sender(void *arg)
{
    (void)arg;
    if (RACE_FIXED) {
        x = 1;
    }
    weft_chan_send(ch, NULL);
    if (!RACE_FIXED) {
        x = 2; /* RACE */
    }
}

static void body(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 0);
    weft_go(sender, NULL);
    weft_chan_recv(ch, NULL);
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
