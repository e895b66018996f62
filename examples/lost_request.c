/* lost_request.c: a published bug of etcd (6857), as a leak. g2 asks a node for its status and does
 * not look whether the node has stopped: when the stop comes first, nobody takes the request.
 *
 * Linked with weft::sim it fails, with a report and a line to replay it; built with -DFIXED it
 * passes. Linked with weft::runtime it mostly works, which is what makes such bugs expensive. */
#include <weft.h>

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

static void ask_while_stopping(void *arg)
{
    (void)arg;
    status = weft_chan_make(sizeof(weft_chan *), 0);
    stop = weft_chan_make(0, 0);
    done = weft_chan_make(0, 0);
    weft_go(g1, NULL);
    weft_go(g2, NULL);
    weft_go(g3, NULL);
}

int main(void)
{
    return weft_run(ask_while_stopping, NULL) == 0 ? 0 : 1;
}
