/* stack.c: guarded stacks from slabs. See stack.h.
 *
 * A slab is one mapping that holds several stacks of one class, each above its guard page. Slabs
 * grow geometrically, so that few system calls and few mappings serve many goroutines.
 *
 * The free stacks of a class are an array with room for all that were ever mapped, so that freeing
 * never fails and touches none of them: first the cold ones, then the warm ones; both are taken
 * from and put at the end. */
#include "stack.h"

#include <string.h>
#include <sys/mman.h>

#include "arch/valgrind_hints.h"
#include "guard.h"
#include "lock.h"
#include "panic.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

enum { SLAB_STACKS_MIN = 16, SLAB_STACKS_MAX = 4096, KEPT = 128, TRIMMED_MAX = 16 };
#define SLAB_SIZE_MAX ((size_t)1 << 30)

typedef struct weft__stack_pool {
    char **free; /* [0, cold) are cold, [cold, count) warm */
    size_t room; /* of free: all stacks of the class */
    size_t count;
    size_t cold;
    size_t warm_min;    /* the fewest warm ones since weft__stacks_age */
    size_t old;         /* spare ones that may be given back */
    size_t slab_stacks; /* in the newest slab */
} weft__stack_pool;

/* Under lock. The simulator keeps the pools from run to run. */
static struct {
    weft__lock lock;
    uint32_t spare; /* atomic: warm ones beyond KEPT of their class */
    size_t mapped;
    weft__stack_pool of[WEFT__STACK_CLASSES];
} pools WEFT_KEEP;

/* ---- slabs; the lock is held ---- */

static bool make_room(weft__stack_pool *pool, size_t count)
{
    const size_t size = pool->room * sizeof(char *);
    const size_t more = count * sizeof(char *);
    void *const free = pool->room == 0 ? mmap(NULL, more, PROT_READ | PROT_WRITE,
                                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                                       : mremap(pool->free, size, size + more, MREMAP_MAYMOVE);
    if (free == MAP_FAILED) {
        return false;
    }
    pool->free = free;
    pool->room += count;
    return true;
}

/* NULL: not even one stack fits. */
static char *map_slab(size_t stride, size_t *count)
{
    for (;; *count /= 2) {
        char *const slab = mmap(NULL, *count * stride, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
        if (slab != MAP_FAILED) {
            (void)madvise(slab, *count * stride, MADV_NOHUGEPAGE);
            return slab;
        }
        if (*count == 1) {
            return NULL;
        }
    }
}

/* Cold stacks for a pool that is empty; the lowest will be the first to be taken. */
static bool grow(weft__stack_pool *pool, size_t size)
{
    size_t count = pool->slab_stacks == 0 ? SLAB_STACKS_MIN : pool->slab_stacks * 2;
    while (count > 1 && (count > SLAB_STACKS_MAX || count * size > SLAB_SIZE_MAX)) {
        count /= 2;
    }
    const size_t stride = size + weft__page_size();
    char *const slab = map_slab(stride, &count);
    if (slab == NULL) {
        return false;
    }
    if (!make_room(pool, count)) {
        (void)munmap(slab, count * stride);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        pool->free[i] = slab + (count - i) * stride - size;
        weft__valgrind_stack(pool->free[i], size);
    }
    weft__guards_install(pool->free, count);
    pool->count = count;
    pool->cold = count;
    pool->slab_stacks = count;
    pools.mapped += count * stride;
    return true;
}

/* ---- taking and putting back; the lock is held ---- */

static size_t spare_of(const weft__stack_pool *pool)
{
    const size_t warm = pool->count - pool->cold;
    return warm > KEPT ? warm - KEPT : 0;
}

/* Around a change of a pool: spare_before is what spare_of said before it. */
static void recount(const weft__stack_pool *pool, size_t spare_before)
{
    const size_t others = weft__load_relaxed(&pools.spare) - spare_before;
    weft__store_relaxed(&pools.spare, (uint32_t)(others + spare_of(pool)));
}

/* Returns how many; *ret_cold of them, the first ones, are cold. */
static size_t take(weft__stack_pool *pool, size_t count, char **ret_lows, size_t *ret_cold)
{
    const size_t taken = count < pool->count ? count : pool->count;
    const size_t spare_before = spare_of(pool);
    const size_t left = pool->count - taken;
    memcpy(ret_lows, pool->free + left, taken * sizeof *ret_lows);
    *ret_cold = pool->cold > left ? pool->cold - left : 0;
    pool->count = left;
    pool->cold -= *ret_cold;
    if (left - pool->cold < pool->warm_min) {
        pool->warm_min = left - pool->cold;
    }
    if (spare_of(pool) < pool->old) {
        pool->old = spare_of(pool);
    }
    recount(pool, spare_before);
    return taken;
}

static void put_warm(weft__stack_pool *pool, size_t count, char *const *lows)
{
    const size_t spare_before = spare_of(pool);
    memcpy(pool->free + pool->count, lows, count * sizeof *lows);
    pool->count += count;
    recount(pool, spare_before);
}

static void put_cold(weft__stack_pool *pool, size_t count, char *const *lows)
{
    for (size_t i = 0; i < count; i++) {
        pool->free[pool->count++] = pool->free[pool->cold];
        pool->free[pool->cold++] = lows[i];
    }
}

/* Some of the warm ones that may be given back; the last ones close the gap. */
static size_t take_old(weft__stack_pool *pool, char **ret_lows)
{
    const size_t spare = spare_of(pool);
    const size_t taken = pool->old < TRIMMED_MAX ? pool->old : TRIMMED_MAX;
    if (taken == 0) {
        return 0;
    }
    const size_t above = pool->count - pool->cold - taken;
    const size_t moved = above < taken ? above : taken;
    char **const gap = pool->free + pool->cold;
    memcpy(ret_lows, gap, taken * sizeof *ret_lows);
    memmove(gap, pool->free + pool->count - moved, moved * sizeof *gap);
    pool->count -= taken;
    pool->warm_min = pool->warm_min > taken ? pool->warm_min - taken : 0;
    pool->old -= taken;
    recount(pool, spare);
    return taken;
}

/* ---- what others call ---- */

/* The first page that a goroutine touches, before it does: many such faults by one call. */
static void warm_up(unsigned class, size_t count, char *const *lows)
{
    const size_t page = weft__page_size();
    const weft__part top = {(ptrdiff_t)(weft__stack_size(class) - page), page};
    (void)weft__advise(lows, count, top, MADV_POPULATE_WRITE);
}

size_t weft__stacks_alloc(unsigned class, size_t count, char **ret_lows)
{
    weft__stack_pool *const pool = &pools.of[class];
    size_t taken = 0;
    size_t cold = 0;
    weft__lock_acquire(&pools.lock);
    if (pool->count != 0 || grow(pool, weft__stack_size(class))) {
        taken = take(pool, count, ret_lows, &cold);
    }
    weft__lock_release(&pools.lock);
    if (cold > 1) {
        warm_up(class, cold, ret_lows);
    }
    return taken;
}

void weft__stacks_free(unsigned class, size_t count, char *const *lows)
{
    weft__lock_acquire(&pools.lock);
    put_warm(&pools.of[class], count, lows);
    weft__lock_release(&pools.lock);
}

bool weft__stack_alloc(size_t size, weft__stack *ret_stack)
{
    const unsigned class = weft__stack_class(size);
    char *low = NULL;
    if (size > WEFT__STACK_MAX || weft__stacks_alloc(class, 1, &low) == 0) {
        return false;
    }
    *ret_stack = (weft__stack){low, weft__stack_size(class)};
    return true;
}

void weft__stack_free(weft__stack stack)
{
    weft__stacks_free(weft__stack_class(stack.size), 1, &stack.low);
}

bool weft__stacks_spare(void)
{
    return weft__load_relaxed(&pools.spare) != 0;
}

void weft__stacks_age(void)
{
    weft__lock_acquire(&pools.lock);
    for (unsigned class = 0; class < WEFT__STACK_CLASSES; class ++) {
        weft__stack_pool *const pool = &pools.of[class];
        pool->old = pool->warm_min > KEPT ? pool->warm_min - KEPT : 0;
        pool->warm_min = pool->count - pool->cold;
    }
    weft__lock_release(&pools.lock);
}

bool weft__stacks_trim(void)
{
    char *lows[TRIMMED_MAX];
    size_t count = 0;
    unsigned class = 0;
    weft__lock_acquire(&pools.lock);
    while (class < WEFT__STACK_CLASSES && (count = take_old(&pools.of[class], lows)) == 0) {
        class ++;
    }
    weft__lock_release(&pools.lock);
    if (count == 0) {
        return false;
    }
    const weft__part all = {0, weft__stack_size(class)};
    for (size_t i = weft__advise(lows, count, all, MADV_DONTNEED); i < count; i++) {
        (void)madvise(lows[i], all.length, MADV_DONTNEED);
    }
    weft__lock_acquire(&pools.lock);
    put_cold(&pools.of[class], count, lows);
    weft__lock_release(&pools.lock);
    return true;
}

bool weft__stack_overflowed(weft__stack stack, const void *address)
{
    const char *const at = address;
    return at < stack.low && at >= stack.low - weft__page_size();
}

weft__stack_sizes weft__stacks_measure(void)
{
    weft__lock_acquire(&pools.lock);
    weft__stack_sizes sizes = {.mapped = pools.mapped};
    for (unsigned class = 0; class < WEFT__STACK_CLASSES; class ++) {
        const weft__stack_pool *const pool = &pools.of[class];
        sizes.total += pool->room * weft__stack_size(class);
        sizes.free += pool->count * weft__stack_size(class);
        sizes.free_count += pool->count;
    }
    weft__lock_release(&pools.lock);
    return sizes;
}
