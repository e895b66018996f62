/* yield_no_edge: letting others run orders nothing. */
#include "support/race_program.h"

static weft_chan *written;
static int x;

static void writer(void *arg)
{
    (void)arg;
    x = 1; /* RACE */
    weft_chan_send(written, NULL);
}

static void body(void *arg)
{
    (void)arg;
    written = weft_chan_make(0, 1);
    weft_go(writer, NULL);
    weft_yield();
    weft_yield();
    if (RACE_FIXED) {
        weft_chan_recv(written, NULL);
    }
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
