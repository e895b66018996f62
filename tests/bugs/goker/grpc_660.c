/* grpc_660: each round of a benchmark client starts a goroutine that sends its result on an
 * unbuffered channel. The client that is told to stop does not receive the last one.
 * Expected: leak, one child in channel send. */
#include "../support/bug.h"

static weft_chan *stop;

static void child(void *arg)
{
    weft_chan *const done = arg;
    const bool ok = weft_choose(2) == 0;
    weft_chan_send(done, &ok);
}

static void g1(void *arg)
{
    (void)arg;
    size_t chosen = 1;
    while (chosen == 1) {
        weft_chan *const done = weft_chan_make(sizeof(bool), BUG_FIXED ? 1 : 0);
        weft_go(child, done);
        weft_case cases[] = {WEFT_RECV(stop, NULL), WEFT_RECV(done, NULL)};
        chosen = weft_select(cases, 2);
    }
}

static void h(void *arg)
{
    (void)arg;
    weft_chan_send(stop, NULL);
}

static void kernel(void *arg)
{
    (void)arg;
    stop = weft_chan_make(0, 0);
    weft_go(g1, NULL);
    weft_go(h, NULL);
}

BUG_MAIN(kernel, LEAK({"child", "channel send"}))
