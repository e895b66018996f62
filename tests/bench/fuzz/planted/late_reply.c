/* late_reply.c: a client that gives up says so, and takes a reply that waits already; a server that
 * has looked before that, and sends after it, waits for ever. Input asks for a reply without room,
 * and for work that takes its time. */
#include "look.h"

static weft_chan *reply;
static int cancelled;
static int work;

static void serve(void *arg)
{
    const uint8_t *const request = arg;
    int value = 0;
    for (int i = 0; i < request[1] - '0' && i < 9; i++) {
        WEFT_WRITE(work, i);
    }
    if (request[0] == 'u' && request[1] >= '3') {
        if (look(&cancelled) == 0) {
            weft_chan_send(reply, &value);
        }
    } else {
        (void)weft_chan_try_send(reply, &value);
    }
}

static void target(const uint8_t *data, size_t size)
{
    static uint8_t request[2];
    int value = 0;
    cancelled = 0;
    for (size_t i = 0; i < 2; i++) {
        request[i] = i < size ? data[i] : 0;
    }
    reply = weft_chan_make(sizeof(int), 0);
    weft_go(serve, request);
    if (weft_chan_recv_until(reply, &value, weft_now() + WEFT_SECOND) != 0) {
        WEFT_WRITE(cancelled, 1);
        (void)weft_chan_try_recv(reply, &value);
    }
}

WEFT_FUZZ(target)
