/* context_err: an error orders the cancel before it; no error orders nothing. */
#include "support/race_program.h"

static weft_context *context;
static int x;

static void canceller(void *arg)
{
    (void)arg;
    x = 1; /* RACE */
    weft_context_cancel(context);
}

static void body(void *arg)
{
    (void)arg;
    context = weft_context_with_cancel(NULL);
    weft_go(canceller, NULL);
    if (weft_context_err(context) != 0 || !RACE_FIXED) {
        opaque_use(x); /* RACE */
    }
}

RACE_MAIN(body)
