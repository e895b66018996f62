/* kubernetes_88331: a test reads the length of a queue without the lock under which the queue's
 * poller takes from it, and never stops the poller.
 * Expected: leak, u in channel receive. (Also a data race of d and u on the queue's header.) */
#include "../support/bug.h"

typedef struct slice {
    const int *items;
    size_t count;
} slice;

static const int items[] = {1, 2};
static slice queue = {items, 2};
static weft_rwmutex mutex;
static weft_waitgroup driver;
static weft_chan *stop;

static bool stopped(void)
{
    weft_case cases[] = {WEFT_RECV(stop, NULL), WEFT_DEFAULT};
    return weft_select(cases, 2) == 0;
}

static void u(void *arg)
{
    (void)arg;
    if (stopped()) {
        return;
    }
    weft_rwmutex_lock(&mutex);
    slice shorter = WEFT_READ(queue);
    shorter.count--;
    WEFT_WRITE(queue, shorter);
    weft_rwmutex_unlock(&mutex);
    weft_chan_recv(stop, NULL);
}

static size_t length(void)
{
    if (BUG_FIXED) {
        weft_rwmutex_rlock(&mutex);
    }
    const size_t count = WEFT_READ(queue).count;
    if (BUG_FIXED) {
        weft_rwmutex_runlock(&mutex);
    }
    return count;
}

static void d(void *arg)
{
    (void)arg;
    weft_waitgroup_done(&driver);
    weft_go(u, NULL);
    const size_t count = length();
    WEFT_ASSERT(count == 1 || count == 2);
    if (BUG_FIXED) {
        weft_chan_close(stop);
    }
}

static void kernel(void *arg)
{
    (void)arg;
    stop = weft_chan_make(0, 0);
    weft_waitgroup_add(&driver, 1);
    weft_go(d, NULL);
    weft_waitgroup_wait(&driver);
}

BUG_MAIN(kernel, LEAK({"u", "channel receive"}), RACE("d", "u"))
