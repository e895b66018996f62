/* stack_cache.h: free stacks that a worker has at hand, so that most goroutines start and end
 * without the lock of the pools.
 *
 * INVARIANTS
 *   - Only the worker's own thread touches its cache; others read the counts.
 *   - Stacks move between cache and pool in batches: half of what a cache holds. */
#ifndef WEFT_SCHED_STACK_CACHE_H
#define WEFT_SCHED_STACK_CACHE_H

#include "core/stack.h"

/* Larger ones, from 2 MiB, are not cached. */
enum { WEFT__CACHED_CLASSES = 7, WEFT__CACHED_MAX = 256 };

typedef struct weft__stack_cache {
    struct {
        uint32_t count; /* atomic */
        char *lows[WEFT__CACHED_MAX];
    } of[WEFT__CACHED_CLASSES];
} weft__stack_cache;

/* weft__stack_alloc and weft__stack_free. */
bool weft__stack_cache_take(weft__stack_cache *cache, size_t size, weft__stack *ret_stack);
void weft__stack_cache_put(weft__stack_cache *cache, weft__stack stack);

/* All of it to the pools. */
void weft__stack_cache_drop(weft__stack_cache *cache);

/* An idle worker's, before it sleeps until until_ns: give back some memory of stacks that have not
 * been needed for a while. Returns until when to sleep before this is to be called again. */
int64_t weft__stack_cache_idle(int64_t until_ns);

#endif
