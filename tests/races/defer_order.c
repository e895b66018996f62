/* defer_order: deferred calls run last first, so what tells that all is done must be the first that
 * is deferred. */
#include "support/race_program.h"

static weft_chan *ended;
static int x;

static void tell(void *arg)
{
    (void)arg;
    weft_chan_send(ended, NULL);
}

static void tidy(void *arg)
{
    (void)arg;
    x = 1; /* RACE */
}

static void worker(void *arg)
{
    (void)arg;
    weft_defer(RACE_FIXED ? tell : tidy, NULL);
    weft_defer(RACE_FIXED ? tidy : tell, NULL);
}

static void body(void *arg)
{
    (void)arg;
    ended = weft_chan_make(0, 1);
    weft_go(worker, NULL);
    weft_chan_recv(ended, NULL);
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
