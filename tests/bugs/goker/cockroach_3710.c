/* cockroach_3710: g1 takes the store's read lock and then, for each replica, takes it once more. A
 * writer that queues up in between keeps the second read lock out, and waits for the first.
 * Expected: leak, g1 in rwmutex rlock and g3 in rwmutex lock. */
#include "../support/bug.h"

BUG_COUNT(REPLICAS, 2);

static weft_rwmutex store;
static weft_mutex queue;
static int replica_count;

/* store read-locked. */
static void maybe_add(void)
{
    weft_mutex_lock(&queue);
#ifndef FIXED
    weft_rwmutex_rlock(&store);
    weft_rwmutex_runlock(&store);
#endif
    weft_mutex_unlock(&queue);
}

static void g1(void *arg)
{
    (void)arg;
    weft_rwmutex_rlock(&store);
    for (int i = 0; i < REPLICAS; i++) {
        maybe_add();
    }
    weft_rwmutex_runlock(&store);
}

static void g3(void *arg)
{
    (void)arg;
    weft_rwmutex_lock(&store);
    replica_count = REPLICAS;
    weft_rwmutex_unlock(&store);
}

static void g2(void *arg)
{
    (void)arg;
    weft_go(g3, NULL);
}

static void kernel(void *arg)
{
    (void)arg;
    weft_go(g1, NULL);
    weft_go(g2, NULL);
}

BUG_MAIN(kernel, LEAK({"g1", "rwmutex rlock"}, {"g3", "rwmutex lock"}))
