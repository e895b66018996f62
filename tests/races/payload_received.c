/* payload_received: a receive writes its variable, so nobody may be reading it; fixed: the reader
 * waits for a second channel. */
#include "support/race_program.h"

static weft_chan *ch, *received;
static int x;

static void receiver(void *arg)
{
    (void)arg;
    weft_chan_recv(ch, &x); /* RACE */
    weft_chan_send(received, NULL);
}

static void body(void *arg)
{
    (void)arg;
    const int value = 1;
    ch = weft_chan_make(sizeof x, 1);
    received = weft_chan_make(0, 1);
    weft_chan_send(ch, &value);
    weft_go(receiver, NULL);
    if (RACE_FIXED) {
        weft_chan_recv(received, NULL);
    }
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
