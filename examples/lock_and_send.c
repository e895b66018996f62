/* lock_and_send.c: a published bug of Kubernetes (10182), a lock and a channel in a deadlock. Two
 * goroutines send updates with the manager's lock held; the one that receives takes the lock after
 * each update. The second sender holds it by then.
 *
 * Linked with weft::sim it fails, with a report and a line to replay it; built with -DFIXED it
 * passes. Linked with weft::runtime it mostly works, which is what makes such bugs expensive. */
#include <weft.h>

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

static void update_status(void *arg)
{
    (void)arg;
    updates = weft_chan_make(0, 0);
    weft_go(s, NULL);
    weft_go(g2, NULL);
    weft_go(g3, NULL);
}

int main(void)
{
    return weft_run(update_status, NULL) == 0 ? 0 : 1;
}
