/* chan_buffered: a buffered channel passes on what was written before each send, not what is
 * written before the next one. */
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
    weft_chan_send(ch, NULL);
}

static void body(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 2);
    weft_go(sender, NULL);
    weft_chan_recv(ch, NULL);
    opaque_use(x); /* RACE */
    weft_chan_recv(ch, NULL);
}

RACE_MAIN(body)
