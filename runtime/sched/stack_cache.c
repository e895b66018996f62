/* stack_cache.c: free stacks that a worker has at hand. See stack_cache.h. */
#include "stack_cache.h"

#include <string.h>

#include "core/atomic.h"
#include "timing.h"

enum { BATCH = WEFT__CACHED_MAX / 2 };

/* How long stacks have been free when an idle worker gives them back: one to two of these. */
static const int64_t age_ns = WEFT_SECOND;

static void set_count(weft__stack_cache *cache, unsigned class, size_t count)
{
    weft__store_relaxed(&cache->of[class].count, (uint32_t)count);
}

bool weft__stack_cache_take(weft__stack_cache *cache, size_t size, weft__stack *ret_stack)
{
    const unsigned class = weft__stack_class(size);
    if (class >= WEFT__CACHED_CLASSES) {
        return weft__stack_alloc(size, ret_stack);
    }
    size_t count = cache->of[class].count;
    if (count == 0) {
        count = weft__stacks_alloc(class, BATCH, cache->of[class].lows);
        if (count == 0) {
            return false;
        }
    }
    set_count(cache, class, --count);
    *ret_stack = (weft__stack){cache->of[class].lows[count], weft__stack_size(class)};
    return true;
}

void weft__stack_cache_put(weft__stack_cache *cache, weft__stack stack)
{
    const unsigned class = weft__stack_class(stack.size);
    if (class >= WEFT__CACHED_CLASSES) {
        weft__stack_free(stack);
        return;
    }
    char **const lows = cache->of[class].lows;
    size_t count = cache->of[class].count;
    if (count == WEFT__CACHED_MAX) {
        count -= BATCH;
        weft__stacks_free(class, BATCH, lows);
        memmove(lows, lows + BATCH, count * sizeof *lows);
    }
    lows[count] = stack.low;
    set_count(cache, class, count + 1);
}

void weft__stack_cache_drop(weft__stack_cache *cache)
{
    for (unsigned class = 0; class < WEFT__CACHED_CLASSES; class ++) {
        if (cache->of[class].count != 0) {
            weft__stacks_free(class, cache->of[class].count, cache->of[class].lows);
            set_count(cache, class, 0);
        }
    }
}

int64_t weft__stack_cache_idle(int64_t until_ns)
{
    static weft__lock trimming;
    static int64_t next_ns; /* under trimming: when to age again */
    if (!weft__stacks_spare()) {
        return until_ns;
    }
    const int64_t now_ns = weft__timing_now_ns();
    int64_t again_ns = now_ns + age_ns;
    if (weft__lock_try(&trimming)) {
        if (weft__stacks_trim()) {
            again_ns = now_ns;
        } else if (now_ns >= next_ns) {
            weft__stacks_age();
            next_ns = again_ns;
        } else {
            again_ns = next_ns;
        }
        weft__lock_release(&trimming);
    }
    return again_ns < until_ns ? again_ns : until_ns;
}
