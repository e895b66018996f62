/* close_recv: what is written before a close is visible to whoever receives because of it, what is
 * written after it is not. */
#include "support/race_program.h"

static weft_chan *ch;
static int x;

static void closer(void *arg)
{
    (void)arg;
    if (RACE_FIXED) {
        x = 1;
    }
    weft_chan_close(ch);
    if (!RACE_FIXED) {
        x = 2; /* RACE */
    }
}

static void body(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 0);
    weft_go(closer, NULL);
    weft_chan_recv(ch, NULL);
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
