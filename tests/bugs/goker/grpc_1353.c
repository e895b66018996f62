/* grpc_1353: the balancer sends an address update with its mutex held; whoever handles the update
 * calls back into the balancer and needs the mutex. The next update is being sent by then.
 * Expected: leak, g2 in channel send, g3 in mutex lock, h in channel receive. */
#include "../support/bug.h"

BUG_COUNT(ROUNDS, 3);
BUG_COUNT(CONNECTIONS, 2);

static weft_mutex balancer;
static weft_mutex connections[CONNECTIONS_MAX];
static weft_chan *addresses;
static weft_chan *help;

static void down(void)
{
    weft_mutex_lock(&balancer);
    weft_mutex_unlock(&balancer);
}

static void g2(void *arg)
{
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        weft_mutex_lock(&balancer);
#ifdef FIXED
        weft_mutex_unlock(&balancer);
        weft_chan_send(addresses, NULL);
#else
        weft_chan_send(addresses, NULL);
        weft_mutex_unlock(&balancer);
#endif
    }
    weft_chan_close(help);
}

static void g3(void *arg)
{
    (void)arg;
    while (weft_chan_recv(addresses, NULL)) {
        for (int i = 0; i < CONNECTIONS; i++) {
            weft_mutex_lock(&connections[i]);
            down();
            weft_mutex_unlock(&connections[i]);
        }
    }
}

static void h(void *arg)
{
    (void)arg;
    weft_chan_recv(help, NULL);
    weft_mutex_lock(&balancer);
    weft_chan_close(addresses);
    weft_mutex_unlock(&balancer);
}

static void kernel(void *arg)
{
    (void)arg;
    addresses = weft_chan_make(0, 0);
    help = weft_chan_make(0, 0);
    weft_go(g2, NULL);
    weft_go(g3, NULL);
    weft_go(h, NULL);
}

BUG_MAIN(kernel, LEAK({"g2", "channel send"}, {"g3", "mutex lock"}, {"h", "channel receive"}))
