/* etcd_6873: stopping the watch broadcasts waits, with the mutex held, for the goroutine that
 * handles updates to end, which needs the mutex for an update that is still to be handled.
 * Expected: leak, g2 in mutex lock and g3 in channel receive. */
#include "../support/bug.h"

static weft_mutex broadcasts;
static weft_chan *updates;
static weft_chan *done;

static void g2(void *arg)
{
    (void)arg;
    while (weft_chan_recv(updates, NULL)) {
        weft_mutex_lock(&broadcasts);
        weft_mutex_unlock(&broadcasts);
    }
    weft_chan_close(done);
}

static void g3(void *arg)
{
    (void)arg;
    weft_mutex_lock(&broadcasts);
    weft_chan_close(updates);
#ifdef FIXED
    weft_mutex_unlock(&broadcasts);
    weft_chan_recv(done, NULL);
#else
    weft_chan_recv(done, NULL);
    weft_mutex_unlock(&broadcasts);
#endif
}

static void kernel(void *arg)
{
    (void)arg;
    updates = weft_chan_make(0, 1);
    done = weft_chan_make(0, 0);
    weft_go(g2, NULL);
    (void)weft_chan_try_send(updates, NULL);
    weft_go(g3, NULL);
}

BUG_MAIN(kernel, LEAK({"g2", "mutex lock"}, {"g3", "channel receive"}))
