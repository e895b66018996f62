/* syncthing_5795: a message handler, called by the dispatcher loop, closes the connection; closing
 * waits for the dispatcher loop to stop. The dispatcher waits for its own end.
 * Expected: deadlock, main and disp in channel receive; reader has ended. */
#include "../support/bug.h"

static weft_chan *inbox; /* of enum message */
static weft_chan *closed;
static weft_chan *loop_stopped;
static weft_once once;

enum message { CLUSTER_CONFIG, OTHER };

static void close_now(void *arg)
{
    (void)arg;
    weft_chan_close(closed);
    weft_chan_recv(loop_stopped, NULL);
}

static void close_connection(void *arg)
{
    weft_once_do(&once, close_now, arg);
}

static void cluster_config(void)
{
#ifdef FIXED
    weft_go(close_connection, NULL);
#else
    close_connection(NULL);
#endif
}

static void reader(void *arg)
{
    (void)arg;
    weft_case cases[] = {WEFT_RECV(closed, NULL), WEFT_DEFAULT};
    while (weft_select(cases, 2) == 1) {
    }
}

static void disp(void *arg)
{
    (void)arg;
    enum message message = OTHER;
    weft_case cases[] = {WEFT_RECV(inbox, &message), WEFT_RECV(closed, NULL)};
    while (weft_select(cases, 2) == 0 && message == CLUSTER_CONFIG) {
        cluster_config();
    }
    weft_chan_close(loop_stopped);
}

static void kernel(void *arg)
{
    (void)arg;
    inbox = weft_chan_make(sizeof(enum message), 0);
    closed = weft_chan_make(0, 0);
    loop_stopped = weft_chan_make(0, 0);
    weft_go(reader, NULL);
    weft_go(disp, NULL);
    weft_chan_send(inbox, &(enum message){CLUSTER_CONFIG});
    weft_chan_recv(loop_stopped, NULL);
}

BUG_MAIN(kernel, DEADLOCK({"main", "channel receive"}, {"disp", "channel receive"}))
