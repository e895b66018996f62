/* kubernetes_6632: g2 sends a reset with the connection's mutex held and nobody to receive it; g1,
 * which would close the channel, needs the mutex.
 * Expected: leak, g1 in mutex lock and g2 in channel send. */
#include "../support/bug.h"

static weft_mutex connection;
static weft_chan *reset;
static weft_chan *closing;

static void h(void *arg)
{
    (void)arg;
#ifdef FIXED
    weft_chan_close(closing); /* tells everybody, not only g1 */
#else
    weft_chan_send(closing, NULL);
#endif
}

static void g1(void *arg)
{
    (void)arg;
    weft_chan_recv(closing, NULL);
    weft_mutex_lock(&connection);
    weft_chan_close(reset);
    reset = NULL;
    weft_mutex_unlock(&connection);
}

static void g2(void *arg)
{
    (void)arg;
    WEFT_LOCKED(&connection);
    if (reset == NULL) {
        return;
    }
#ifdef FIXED
    weft_case cases[] = {WEFT_SEND(reset, NULL), WEFT_RECV(closing, NULL)};
    weft_select(cases, 2);
#else
    weft_chan_send(reset, NULL);
#endif
}

static void kernel(void *arg)
{
    (void)arg;
    reset = weft_chan_make(0, 0);
    closing = weft_chan_make(0, 0);
    weft_go(h, NULL);
    weft_go(g1, NULL);
    weft_go(g2, NULL);
}

BUG_MAIN(kernel, LEAK({"g1", "mutex lock"}, {"g2", "channel send"}))
