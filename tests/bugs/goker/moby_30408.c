/* moby_30408: waiting for a plugin to become active looks only at its manifest, not at the error
 * that says that there will be none. Nobody wakes it up.
 * Expected: deadlock, main in channel receive and w in cond wait. */
#include "../support/bug.h"

static weft_mutex plugin;
static weft_cond activated;
static const void *manifest;
static bool failed;
static weft_chan *done;

static bool active_or_failed(void)
{
    return manifest != NULL || (BUG_FIXED && failed);
}

static void w(void *arg)
{
    (void)arg;
    weft_mutex_lock(&plugin);
    while (!active_or_failed()) {
        weft_cond_wait(&activated, &plugin);
    }
    weft_mutex_unlock(&plugin);
    weft_chan_close(done);
}

static void kernel(void *arg)
{
    (void)arg;
    failed = true;
    done = weft_chan_make(0, 0);
    weft_go(w, NULL);
    weft_chan_recv(done, NULL);
}

BUG_MAIN(kernel, DEADLOCK({"main", "channel receive"}, {"w", "cond wait"}))
