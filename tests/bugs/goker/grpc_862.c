/* grpc_862: a dial that is cancelled returns no connection, and so nobody cancels the connection's
 * context; the goroutine that connects retries for ever.
 * Expected: runaway: g2 is never parked for ever, but still alive at the end of the step budget. */
#include "../support/bug.h"

static weft_context *caller;
static weft_context *connection;

static void g2(void *arg)
{
    (void)arg;
    weft_context *const address = weft_context_with_cancel(connection);
    for (int retries = 1; weft_context_err(address) == 0; retries++) {
        weft_context *const attempt = weft_context_with_timeout(address, 10);
        weft_context_release(attempt);
        weft_case cases[] = {
            WEFT_RECV(weft_context_done(address), NULL),
            WEFT_UNTIL(weft_now() + 2 * WEFT_MILLISECOND * retries),
        };
        weft_select(cases, 2);
    }
    weft_context_release(address);
}

static void g1(void *arg)
{
    (void)arg;
    connection = weft_context_with_cancel(NULL);
    weft_go(g2, NULL);
    weft_case cases[] = {WEFT_RECV(weft_context_done(caller), NULL), WEFT_DEFAULT};
    weft_select(cases, 2); /* if it is done: close the connection that was to be returned: none */
#ifdef FIXED
    weft_context_cancel(connection); /* none is returned: so it ends here */
#endif
}

static void h(void *arg)
{
    (void)arg;
    weft_context_cancel(caller);
}

static void kernel(void *arg)
{
    (void)arg;
    caller = weft_context_with_cancel(NULL);
    weft_go(g1, NULL);
    weft_go(h, NULL);
}

BUG_MAIN(kernel, RUNAWAY(OTHERS))
