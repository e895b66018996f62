/* choice_retry.c: a call fails when a free choice says so, and is tried again. The second failure,
 * when somebody has just asked to stop, leaves the lock; input turns this on. */
#include "look.h"

static weft_mutex lock;
static int stopped;
static uint8_t flags[2];

static void call(void *arg)
{
    (void)arg;
    for (int i = 0; i < 2; i++) {
        weft_mutex_lock(&lock);
        const bool failed = weft_choose(3) == 2;
        if (failed && i == 1 && flags[0] == 'y' && look(&stopped) == 1 && flags[1] == 'n') {
            return; /* and the lock? */
        }
        weft_mutex_unlock(&lock);
        if (!failed) {
            return;
        }
    }
}

static void stop(void *arg)
{
    (void)arg;
    WEFT_WRITE(stopped, 1);
    WEFT_WRITE(stopped, 0);
}

static void target(const uint8_t *data, size_t size)
{
    static const weft_mutex fresh;
    lock = fresh;
    stopped = 0;
    for (size_t i = 0; i < 2; i++) {
        flags[i] = i < size ? data[i] : 0;
    }
    weft_go(stop, NULL);
    weft_go(call, NULL);
    weft_go(call, NULL);
}

WEFT_FUZZ(target)
