/* bluetooth_driver: work is added to a driver (by main) while it is being stopped: the worker looks
 * whether the driver is stopping before it says that it is there.
 * Expected: assertion in main. After SCTBench CS/bluetooth_driver. */
#include "../support/bug.h"

static weft_waitgroup threads;
static int pending = 1; /* one for the driver itself; its changes are atomic */
static bool stopping;
static bool event;
static bool stopped;

static void add_pending(void)
{
    weft_point(&pending);
    pending++;
}

static void remove_pending(void)
{
    weft_point(&pending);
    const int left = --pending;
    if (left == 0) {
        WEFT_WRITE(event, true);
    }
}

static void stop(void *arg)
{
    (void)arg;
    WEFT_WRITE(stopping, true);
    remove_pending();
    if (WEFT_READ(event)) {
        WEFT_WRITE(stopped, true);
    }
    weft_waitgroup_done(&threads);
}

/* Whether work may be done. */
static bool enter(void)
{
#ifdef FIXED
    add_pending();
    return !WEFT_READ(stopping);
#else
    if (WEFT_READ(stopping)) {
        return false;
    }
    add_pending();
    return true;
#endif
}

static void program(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&threads, 1);
    weft_go(stop, NULL);
    if (enter()) {
        WEFT_ASSERT(!WEFT_READ(stopped));
    }
    remove_pending();
    weft_waitgroup_wait(&threads);
}

BUG_MAIN(program, ASSERTION("main", "!WEFT_READ(stopped)"))
