/* istio_8214: a counter of a cache is incremented atomically, and read by copying all counters of
 * the cache with a plain read.
 * Expected: a data race of a and b on the counter; see RACE in bug.h. */
#include "../support/bug.h"

typedef struct cache_stats {
    uint64_t evictions;
    uint64_t writes;
} cache_stats;

static cache_stats stats;
static weft_waitgroup all;

static void add_write(void)
{
    BUG_ATOMIC_ADD(stats.writes, 1);
}

static cache_stats read_stats(void)
{
#ifdef FIXED
    cache_stats copy = {0};
    copy.evictions = BUG_ATOMIC_LOAD(stats.evictions);
    copy.writes = BUG_ATOMIC_LOAD(stats.writes);
    return copy;
#else
    return WEFT_READ(stats);
#endif
}

static void count(void)
{
    add_write();
    WEFT_ASSERT(read_stats().writes > 0);
    weft_waitgroup_done(&all);
}

static void a(void *arg)
{
    (void)arg;
    count();
}

static void b(void *arg)
{
    (void)arg;
    count();
}

static void o(void *arg)
{
    (void)arg;
    weft_go(a, NULL);
    weft_go(b, NULL);
    weft_waitgroup_done(&all);
}

static void kernel(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&all, 3);
    weft_go(o, NULL);
    weft_waitgroup_wait(&all);
}

BUG_MAIN(kernel, RACE("a", "b"))
