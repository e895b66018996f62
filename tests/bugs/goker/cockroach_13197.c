/* cockroach_13197: a transaction starts a goroutine that waits for its context to be cancelled, and
 * is neither committed nor rolled back.
 * Expected: leak, g in channel receive. */
#include "../support/bug.h"

static weft_context *transaction;

static void g(void *arg)
{
    (void)arg;
    weft_chan_recv(weft_context_done(transaction), NULL);
}

static void kernel(void *arg)
{
    (void)arg;
    transaction = weft_context_with_cancel(NULL);
    weft_go(g, NULL);
#ifdef FIXED
    weft_context_cancel(transaction); /* roll back */
#endif
}

BUG_MAIN(kernel, LEAK({"g", "channel receive"}))
