/* census.c: see census.h. */
#include "census.h"

#include <sys/mman.h>

#include "../memory.h"
#include "../order/identity.h"

weft__census *weft__census_open(void)
{
    weft__census *const census = mmap(NULL, sizeof *census, PROT_READ | PROT_WRITE,
                                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (census == MAP_FAILED) {
        weft__no_memory();
    }
    census->failing = UINT64_MAX;
    census->behaviours = weft__behaviours_open();
    return census;
}

void weft__census_close(weft__census *census)
{
    if (census != NULL) {
        weft__behaviours_close(census->behaviours);
        (void)munmap(census, sizeof *census);
    }
}

/* Orders do not matter: nothing else hangs on the counters. */
static void add(uint64_t *counter, uint64_t n)
{
    (void)__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

static uint64_t load(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

void weft__census_count_run(weft__census *census)
{
    const weft__run *const run = &weft__the_run;
    const weft__hash128 hash = weft__trace_hash(&run->trace);
    add(&census->runs, 1);
    add(&census->steps, run->steps);
    add(&census->bound_hits, run->outcome.hit_tail ? 1 : 0);
    add(&census->trace_hash[0], weft__mix(hash.high, run->plan.run));
    add(&census->trace_hash[1], weft__mix(hash.low, run->plan.run));
}

void weft__census_count(weft__census *census)
{
    weft__census_count_run(census);
    add(&census->sampled, 1);
    weft__behaviours_add(census->behaviours, weft__behaviour());
}

void weft__census_fail(weft__census *census, uint64_t run, bool unrepeatable)
{
    const uint64_t mine = run << 1 | (unrepeatable ? 1 : 0);
    uint64_t first = load(&census->failing);
    while (mine < first && !__atomic_compare_exchange_n(&census->failing, &first, mine, false,
                                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
}

void weft__census_forgive(weft__census *census)
{
    __atomic_store_n(&census->failing, UINT64_MAX, __ATOMIC_RELAXED);
}

void weft__census_renew(weft__census *census)
{
    weft__behaviours_close(census->behaviours);
    census->behaviours = weft__behaviours_open();
    census->sampled = 0;
}

bool weft__census_failed(const weft__census *census, uint64_t *ret_run, bool *ret_unrepeatable)
{
    const uint64_t first = load(&census->failing);
    if (first == UINT64_MAX) {
        return false;
    }
    *ret_run = first >> 1;
    *ret_unrepeatable = (first & 1) != 0;
    return true;
}

void weft__census_tell(const weft__census *census, weft_result *result)
{
    result->runs = load(&census->runs);
    result->steps = load(&census->steps);
    result->bound_hits = load(&census->bound_hits);
    result->trace_hash[0] = load(&census->trace_hash[0]);
    result->trace_hash[1] = load(&census->trace_hash[1]);
    result->distinct = weft__behaviours_distinct(census->behaviours);
    result->seen_once = weft__behaviours_once(census->behaviours);
    result->overflowed = weft__behaviours_overflowed(census->behaviours);
    const uint64_t sampled = load(&census->sampled);
    result->new_chance = sampled == 0 ? 1 : (double)result->seen_once / (double)sampled;
}
