/* moby_17176: cleanup returns with the device set's mutex locked when there is nothing to delete.
 * Whoever locks it next waits for ever, and main gives up on it after a timeout.
 * Expected: leak, g in mutex lock. The fixed form also gives the channel a buffer: the timeout may
 * come first, and then nobody receives. */
#include "../support/bug.h"

static weft_mutex devices;
static int deleted_count;
static weft_chan *done;

static void cleanup(void)
{
    weft_mutex_lock(&devices);
    if (deleted_count == 0) {
#ifdef FIXED
        weft_mutex_unlock(&devices);
#endif
        return;
    }
    weft_mutex_unlock(&devices);
}

static void g(void *arg)
{
    (void)arg;
    WEFT_LOCKED(&devices);
    weft_chan_send(done, NULL);
}

static void kernel(void *arg)
{
    (void)arg;
    cleanup();
    done = weft_chan_make(0, BUG_FIXED ? 1 : 0);
    weft_go(g, NULL);
    weft_case cases[] = {
        WEFT_RECV(weft_after(WEFT_MILLISECOND), NULL),
        WEFT_RECV(done, NULL),
    };
    weft_select(cases, 2);
}

BUG_MAIN(kernel, LEAK({"g", "mutex lock"}))
