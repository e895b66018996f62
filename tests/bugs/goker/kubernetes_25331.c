/* kubernetes_25331: a watcher sends its result on an unbuffered channel although whoever asked for
 * it may be gone.
 * Expected: leak, g1 in channel send. */
#include "../support/bug.h"

static weft_chan *errors;
static weft_chan *results;
static weft_context *context;

static void g1(void *arg)
{
    (void)arg;
    weft_case cases[] = {
        WEFT_RECV(errors, NULL),
        WEFT_RECV(weft_context_done(context), NULL),
    };
    if (weft_select(cases, 2) == 0) {
        weft_context_cancel(context);
        weft_chan_send(results, NULL);
    }
}

static void g2(void *arg)
{
    (void)arg;
    weft_chan_send(errors, NULL);
    weft_context_cancel(context);
}

static void kernel(void *arg)
{
    (void)arg;
    errors = weft_chan_make(0, 0);
    results = weft_chan_make(0, BUG_FIXED ? 1 : 0);
    context = weft_context_with_cancel(NULL);
    weft_go(g1, NULL);
    weft_go(g2, NULL);
}

BUG_MAIN(kernel, LEAK({"g1", "channel send"}))
