/* cockroach_584: bootstrap leaves early, with the mutex locked, when the gossip is closed. The next
 * step of the same goroutine locks it again.
 * Expected: leak, g in mutex lock. */
#include "../support/bug.h"

static weft_mutex gossip;
static bool closed;

static void bootstrap(void)
{
    weft_mutex_lock(&gossip);
    if (closed) {
#ifdef FIXED
        weft_mutex_unlock(&gossip);
#endif
        return;
    }
    weft_mutex_unlock(&gossip);
}

static void manage(void)
{
    weft_mutex_lock(&gossip);
    weft_mutex_unlock(&gossip);
}

static void g(void *arg)
{
    (void)arg;
    bootstrap();
    manage();
}

static void kernel(void *arg)
{
    (void)arg;
    closed = true;
    weft_go(g, NULL);
}

BUG_MAIN(kernel, LEAK({"g", "mutex lock"}))
