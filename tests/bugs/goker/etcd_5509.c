/* etcd_5509: the client's goroutine returns with the read lock held when it sees the client closed.
 * If that happens between the two write locks of client_close, the second one waits for ever.
 * Expected: deadlock, main in rwmutex lock with no reader alive. */
#include "../support/bug.h"

static weft_rwmutex client;
static weft_mutex remote;
static bool open;
static weft_chan *done;

static bool acquire(void)
{
    weft_rwmutex_rlock(&client);
    const bool closed = !open;
    weft_mutex_lock(&remote);
    weft_mutex_unlock(&remote);
    if (closed) {
#ifdef FIXED
        weft_rwmutex_runlock(&client);
#endif
        return false;
    }
    weft_rwmutex_runlock(&client);
    return true;
}

static void g(void *arg)
{
    (void)arg;
    while (acquire()) {
    }
    weft_chan_close(done);
}

static void client_close(void)
{
    weft_rwmutex_lock(&client);
    if (open) {
        open = false;
        weft_rwmutex_unlock(&client);
        weft_rwmutex_lock(&client);
    }
    weft_rwmutex_unlock(&client);
}

static void kernel(void *arg)
{
    (void)arg;
    open = true;
    done = weft_chan_make(0, 0);
    weft_go(g, NULL);
    client_close();
    weft_chan_recv(done, NULL);
}

BUG_MAIN(kernel, DEADLOCK({"main", "rwmutex lock"}))
