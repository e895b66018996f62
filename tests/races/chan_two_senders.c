/* chan_two_senders: main takes the first message for that of the goroutine which has written x, but
 * it may be another one's; fixed: it waits for both. */
#include "support/race_program.h"

static weft_chan *ch;
static int x;

static void writer(void *arg)
{
    (void)arg;
    x = 1; /* RACE */
    race_pause();
    weft_chan_send(ch, NULL);
}

static void other(void *arg)
{
    (void)arg;
    weft_chan_send(ch, NULL);
}

static void body(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 2);
    weft_go(other, NULL);
    weft_go(writer, NULL);
    weft_chan_recv(ch, NULL);
    if (RACE_FIXED) {
        weft_chan_recv(ch, NULL);
    }
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
