/* kubernetes_5316: a request is handled in a goroutine of its own, which sends the result or an
 * error on an unbuffered channel. After the timeout nobody receives.
 * Expected: leak, g2 in channel send. */
#include "../support/bug.h"

static weft_chan *results;
static weft_chan *errors;

static void g2(void *arg)
{
    (void)arg;
    weft_sleep(2 * WEFT_MILLISECOND);
    weft_chan_send(weft_choose(2) == 0 ? errors : results, NULL);
}

static void g1(void *arg)
{
    (void)arg;
    weft_go(g2, NULL);
    weft_case cases[] = {
        WEFT_RECV(results, NULL),
        WEFT_RECV(errors, NULL),
        WEFT_RECV(weft_after(WEFT_MILLISECOND), NULL),
    };
    weft_select(cases, 3);
}

static void kernel(void *arg)
{
    (void)arg;
    results = weft_chan_make(0, BUG_FIXED ? 1 : 0);
    errors = weft_chan_make(0, BUG_FIXED ? 1 : 0);
    weft_go(g1, NULL);
}

BUG_MAIN(kernel, LEAK({"g2", "channel send"}))
