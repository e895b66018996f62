/* moby_33293: an error is sent on an unbuffered channel before the channel has been returned to the
 * caller who would receive it.
 * Expected: leak, g1 in channel send; depends on a free choice only. */
#include "../support/bug.h"

static weft_chan *container_wait(void)
{
    weft_chan *const errors = weft_chan_make(0, BUG_FIXED ? 1 : 0);
    const bool failed = weft_choose(2) == 1;
    if (failed) {
        weft_chan_send(errors, NULL);
    }
    return errors;
}

static void g1(void *arg)
{
    (void)arg;
    (void)container_wait();
}

static void kernel(void *arg)
{
    (void)arg;
    weft_go(g1, NULL);
}

BUG_MAIN(kernel, LEAK({"g1", "channel send"}))
