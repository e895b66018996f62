/* etcd_6857: g2 asks the node for its status and does not look whether the node has stopped. When
 * the stop comes first, nobody takes the request.
 * Expected: leak, g2 in channel send. */
#include "../support/bug.h"

static weft_chan *status; /* of weft_chan *: where to send the answer */
static weft_chan *stop;
static weft_chan *done;

static void g1(void *arg)
{
    (void)arg;
    weft_chan *reply = NULL;
    weft_case cases[] = {WEFT_RECV(status, &reply), WEFT_RECV(stop, NULL)};
    while (weft_select(cases, 2) == 0) {
        weft_chan_send(reply, NULL);
    }
    weft_chan_close(done);
}

static void g2(void *arg)
{
    (void)arg;
    weft_chan *const reply = weft_chan_make(0, 0);
#ifdef FIXED
    weft_case cases[] = {WEFT_SEND(status, &reply), WEFT_RECV(done, NULL)};
    if (weft_select(cases, 2) == 1) {
        return;
    }
#else
    weft_chan_send(status, &reply);
#endif
    weft_chan_recv(reply, NULL);
}

static void g3(void *arg)
{
    (void)arg;
    weft_case cases[] = {WEFT_SEND(stop, NULL), WEFT_RECV(done, NULL)};
    if (weft_select(cases, 2) == 0) {
        weft_chan_recv(done, NULL);
    }
}

static void kernel(void *arg)
{
    (void)arg;
    status = weft_chan_make(sizeof(weft_chan *), 0);
    stop = weft_chan_make(0, 0);
    done = weft_chan_make(0, 0);
    weft_go(g1, NULL);
    weft_go(g2, NULL);
    weft_go(g3, NULL);
}

BUG_MAIN(kernel, LEAK({"g2", "channel send"}))
