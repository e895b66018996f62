/* context_cancel: what is written before the cancel is visible after a receive from done, what is
 * written after it is not. */
#include "support/race_program.h"

static weft_context *context;
static int x;

static void canceller(void *arg)
{
    (void)arg;
    if (RACE_FIXED) {
        x = 1;
    }
    weft_context_cancel(context);
    if (!RACE_FIXED) {
        x = 2; /* RACE */
    }
}

static void body(void *arg)
{
    (void)arg;
    context = weft_context_with_cancel(NULL);
    weft_go(canceller, NULL);
    weft_chan_recv(weft_context_done(context), NULL);
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
