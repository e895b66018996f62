/* len_no_edge: that the length has become 1 says nothing about what the sender has written; fixed:
 * main receives.
 * TSan: cannot see, because weft_chan_len takes the channel's lock. */
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
    while (weft_chan_len(ch) == 0) {
        weft_yield();
    }
    if (RACE_FIXED) {
        weft_chan_recv(ch, NULL);
    }
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
