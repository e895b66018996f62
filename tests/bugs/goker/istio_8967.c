/* istio_8967: stopping a source closes its done channel and then sets the variable to NULL; the
 * goroutine that reads the variable late waits on a NULL channel for ever.
 * Expected: leak, l in a receive from a NULL channel. (Also a data race on the variable.) */
#include "../support/bug.h"

static weft_chan *done;
static weft_waitgroup stopped;

static void l(void *arg)
{
#ifdef FIXED
    weft_chan_recv(arg, NULL);
#else
    (void)arg;
    weft_chan_recv(WEFT_READ(done), NULL);
#endif
}

static void d(void *arg)
{
    (void)arg;
    weft_go(l, done);
    weft_chan_close(done);
    WEFT_WRITE(done, NULL);
    weft_sleep(5 * WEFT_MILLISECOND);
    weft_waitgroup_done(&stopped);
}

static void kernel(void *arg)
{
    (void)arg;
    done = weft_chan_make(0, 0);
    weft_waitgroup_add(&stopped, 1);
    weft_go(d, NULL);
    weft_waitgroup_wait(&stopped);
}

BUG_MAIN(kernel, LEAK({"l", "channel receive (NULL channel)"}), RACE("d", "l"))
