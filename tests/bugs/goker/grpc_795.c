/* grpc_795: graceful_stop returns with the server's mutex locked, and locks it once more when it
 * finds the server draining already. The second call blocks main for ever.
 * Expected: deadlock, main in mutex lock; serve too if it came after the first call. */
#include "../support/bug.h"

static weft_mutex server;
static bool draining;

static void serve(void *arg)
{
    (void)arg;
    weft_mutex_lock(&server);
    weft_mutex_unlock(&server);
}

static void graceful_stop(void)
{
    weft_mutex_lock(&server);
#ifdef FIXED
    draining = true;
    weft_mutex_unlock(&server);
#else
    if (draining) {
        weft_mutex_lock(&server);
        return;
    }
    draining = true;
#endif
}

static void kernel(void *arg)
{
    (void)arg;
    weft_go(serve, NULL);
    graceful_stop();
    graceful_stop();
    graceful_stop();
}

BUG_MAIN(kernel, DEADLOCK({"main", "mutex lock"}, OTHERS))
