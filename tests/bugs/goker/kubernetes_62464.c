/* kubernetes_62464: g1 reads the CPU assignments through a getter that takes the read lock which g1
 * holds already. A writer that queues up in between deadlocks both.
 * Expected: leak, g1 in rwmutex rlock and g2 in rwmutex lock. */
#include "../support/bug.h"

static weft_rwmutex state;

static bool cpu_set_known(void)
{
#ifndef FIXED
    weft_rwmutex_rlock(&state);
#endif
    const bool known = weft_choose(5) < 2;
#ifndef FIXED
    weft_rwmutex_runlock(&state);
#endif
    return known;
}

static void default_cpu_set(void)
{
#ifndef FIXED
    weft_rwmutex_rlock(&state);
    weft_rwmutex_runlock(&state);
#endif
}

static void g1(void *arg)
{
    (void)arg;
    weft_rwmutex_rlock(&state);
    if (!cpu_set_known()) {
        default_cpu_set();
    }
    weft_rwmutex_runlock(&state);
}

static void g2(void *arg)
{
    (void)arg;
    weft_rwmutex_rlock(&state);
    weft_rwmutex_runlock(&state);
    weft_rwmutex_lock(&state);
    weft_rwmutex_unlock(&state);
}

static void kernel(void *arg)
{
    (void)arg;
    weft_go(g1, NULL);
    weft_go(g2, NULL);
}

BUG_MAIN(kernel, LEAK({"g1", "rwmutex rlock"}, {"g2", "rwmutex lock"}))
