/* grpc_1275: close_stream forgets to wake the goroutine that reads the stream, so nobody tells main
 * that it is done. Main gives up after a timeout.
 * Expected: leak, g2 in channel receive. */
#include "../support/bug.h"

static weft_chan *stream;
static weft_chan *done;

static void close_stream(void)
{
#ifdef FIXED
    weft_chan_close(stream);
#endif
}

static void g2(void *arg)
{
    (void)arg;
    weft_chan_recv(stream, NULL);
    weft_chan_close(done);
}

static void kernel(void *arg)
{
    (void)arg;
    stream = weft_chan_make(0, 0);
    done = weft_chan_make(0, 0);
    weft_go(g2, NULL);
    close_stream();
    weft_timer *const timer = weft_timer_make(300);
    weft_case cases[] = {WEFT_RECV(done, NULL), WEFT_RECV(weft_timer_chan(timer), NULL)};
    if (weft_select(cases, 2) == 0) {
        weft_timer_stop(timer);
    }
}

BUG_MAIN(kernel, LEAK({"g2", "channel receive"}))
