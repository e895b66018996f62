/* grpc_1460: the keepalive goroutine falls asleep on a channel with the transport's mutex held. The
 * one that would wake it needs that mutex.
 * Expected: leak, g1 in channel receive and g2 in mutex lock. */
#include "../support/bug.h"

static weft_mutex transport;
static weft_chan *awaken;
static int stream_count;

static void g1(void *arg)
{
    (void)arg;
    weft_mutex_lock(&transport);
    const bool dormant = stream_count == 0;
#ifdef FIXED
    weft_mutex_unlock(&transport);
    if (dormant) {
        weft_chan_recv(awaken, NULL);
    }
#else
    if (dormant) {
        weft_chan_recv(awaken, NULL);
    }
    weft_mutex_unlock(&transport);
#endif
}

static void g2(void *arg)
{
    (void)arg;
    weft_mutex_lock(&transport);
    if (++stream_count == 1) {
        (void)weft_chan_try_send(awaken, NULL);
    }
    weft_mutex_unlock(&transport);
}

static void kernel(void *arg)
{
    (void)arg;
    awaken = weft_chan_make(0, BUG_FIXED ? 1 : 0); /* g1 may not be asleep yet */
    weft_go(g1, NULL);
    weft_go(g2, NULL);
}

BUG_MAIN(kernel, LEAK({"g1", "channel receive"}, {"g2", "mutex lock"}))
