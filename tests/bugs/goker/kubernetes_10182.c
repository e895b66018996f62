/* kubernetes_10182: two goroutines send pod updates with the status manager's lock held; the one
 * that receives takes the lock after each update. The second sender holds it by then.
 * Expected: leak, g1 in rwmutex lock and g2 or g3 in channel send. */
#include "../support/bug.h"

static weft_rwmutex status; /* only its write side is used */
static weft_chan *updates;

static void g1(void *arg)
{
    (void)arg;
    for (int i = 0; i < 2; i++) {
        weft_chan_recv(updates, NULL);
        weft_rwmutex_lock(&status);
        weft_rwmutex_unlock(&status);
    }
}

static void set_status(void)
{
    weft_rwmutex_lock(&status);
#ifdef FIXED
    weft_rwmutex_unlock(&status);
    weft_chan_send(updates, NULL);
#else
    weft_chan_send(updates, NULL);
    weft_rwmutex_unlock(&status);
#endif
}

static void g2(void *arg)
{
    (void)arg;
    set_status();
}

static void g3(void *arg)
{
    (void)arg;
    set_status();
}

static void s(void *arg)
{
    (void)arg;
    weft_go(g1, NULL);
}

static void kernel(void *arg)
{
    (void)arg;
    updates = weft_chan_make(0, 0);
    weft_go(s, NULL);
    weft_go(g2, NULL);
    weft_go(g3, NULL);
}

BUG_MAIN(kernel, LEAK({"g1", "rwmutex lock"}, {"g2", "channel send"}),
         LEAK({"g1", "rwmutex lock"}, {"g3", "channel send"}))
