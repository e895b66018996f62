/* moby_25384: the plugins are started in a loop that waits, inside the loop, for all of them. The
 * second one is never started.
 * Expected: leak, init_plugins in wait group wait. */
#include "../support/bug.h"

BUG_COUNT(PLUGINS, 2);

static weft_waitgroup plugins;

static void restore(void *arg)
{
    (void)arg;
    weft_waitgroup_done(&plugins);
}

static void init_plugins(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&plugins, PLUGINS);
    for (int i = 0; i < PLUGINS; i++) {
        weft_go(restore, NULL);
#ifndef FIXED
        weft_waitgroup_wait(&plugins);
#endif
    }
#ifdef FIXED
    weft_waitgroup_wait(&plugins);
#endif
}

static void kernel(void *arg)
{
    (void)arg;
    weft_go(init_plugins, NULL);
}

BUG_MAIN(kernel, LEAK({"init_plugins", "wait group wait"}))
