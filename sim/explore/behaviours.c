/* behaviours.c: see behaviours.h.
 *
 * The table has levels, each twice as large as the one before, of buckets of one cache line. A
 * behaviour is in the first level whose bucket for it has, or had, a free place: full buckets stay
 * full, so all processes agree on where that is. A table of one level would either be small or
 * spend a page on each entry. */
#include "behaviours.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "../memory.h"

enum { BUCKET = 8, FIRST_BITS = 9, LEVELS = 16, HEADER = 4096, MORE_THAN_ONCE = 1 };

struct weft__behaviours {
    uint64_t distinct;
    uint64_t once;
    uint64_t overflowed;
    uint32_t levels;
};

_Static_assert(sizeof(weft__behaviours) <= HEADER, "the buckets follow, aligned to pages");

/* Levels of 2^FIRST_BITS buckets, twice, four times as many, ...: bucket count of all before. */
static size_t buckets_before(uint32_t level)
{
    return ((size_t)1 << (FIRST_BITS + level)) - ((size_t)1 << FIRST_BITS);
}

static size_t size_of(uint32_t levels)
{
    return HEADER + buckets_before(levels) * BUCKET * sizeof(uint64_t);
}

static uint64_t *entries(const weft__behaviours *b)
{
    return (uint64_t *)(void *)((char *)(uintptr_t)b + HEADER);
}

weft__behaviours *weft__behaviours_open(void)
{
    for (uint32_t levels = LEVELS; levels > 0; levels--) {
        weft__behaviours *const b = mmap(NULL, size_of(levels), PROT_READ | PROT_WRITE,
                                         MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (b != MAP_FAILED) {
            b->levels = levels;
            return b;
        }
    }
    weft__no_memory();
}

void weft__behaviours_close(weft__behaviours *b)
{
    if (b != NULL) {
        (void)munmap(b, size_of(b->levels));
    }
}

/* Orders do not matter: entries and counts are all that is shared. */
static void count(uint64_t *counter, int64_t change)
{
    (void)__atomic_fetch_add(counter, (uint64_t)change, __ATOMIC_RELAXED);
}

/* Whether the entry is, or becomes, that of `key`; then its value as it was. */
static bool claim(uint64_t *entry, uint64_t key, uint64_t *ret_before)
{
    uint64_t value = __atomic_load_n(entry, __ATOMIC_RELAXED);
    if (value == 0 && __atomic_compare_exchange_n(entry, &value, key, false, __ATOMIC_RELAXED,
                                                  __ATOMIC_RELAXED)) {
        *ret_before = 0;
        return true;
    }
    *ret_before = value; /* a lost race has put the winner's there */
    return (value & ~(uint64_t)MORE_THAN_ONCE) == key;
}

static void note(weft__behaviours *b, uint64_t *entry, uint64_t before)
{
    if (before == 0) {
        count(&b->distinct, 1);
        count(&b->once, 1);
    } else if ((before & MORE_THAN_ONCE) == 0 &&
               (__atomic_fetch_or(entry, MORE_THAN_ONCE, __ATOMIC_RELAXED) & MORE_THAN_ONCE) == 0) {
        count(&b->once, -1);
    }
}

void weft__behaviours_add(weft__behaviours *b, uint64_t behaviour)
{
    const uint64_t bits = behaviour & ~(uint64_t)MORE_THAN_ONCE;
    const uint64_t key = bits == 0 ? (uint64_t)MORE_THAN_ONCE << 1 : bits; /* 0: a free place */
    for (uint32_t level = 0; level < b->levels; level++) {
        const uint64_t mask = ((uint64_t)1 << (FIRST_BITS + level)) - 1;
        uint64_t *const bucket = entries(b) + (buckets_before(level) + (key >> 1 & mask)) * BUCKET;
        for (int i = 0; i < BUCKET; i++) {
            uint64_t before = 0;
            if (claim(&bucket[i], key, &before)) {
                note(b, &bucket[i], before);
                return;
            }
        }
    }
    __atomic_store_n(&b->overflowed, 1, __ATOMIC_RELAXED);
}

uint64_t weft__behaviours_distinct(const weft__behaviours *b)
{
    return __atomic_load_n(&b->distinct, __ATOMIC_RELAXED);
}

uint64_t weft__behaviours_once(const weft__behaviours *b)
{
    return __atomic_load_n(&b->once, __ATOMIC_RELAXED);
}

bool weft__behaviours_overflowed(const weft__behaviours *b)
{
    return __atomic_load_n(&b->overflowed, __ATOMIC_RELAXED) != 0;
}

static int ascending(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a;
    const uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right ? 1 : 0;
}

/* Ends at the last entry: the levels behind it were never touched. */
uint64_t *weft__behaviours_list(const weft__behaviours *b, size_t *ret_count)
{
    const size_t wanted = weft__behaviours_distinct(b);
    uint64_t *const list = weft__grow(NULL, (wanted + 1) * sizeof *list);
    const uint64_t *const table = entries(b);
    const size_t end = buckets_before(b->levels) * BUCKET;
    size_t found = 0;
    for (size_t i = 0; i < end && found < wanted; i++) {
        if (table[i] != 0) {
            list[found++] = table[i];
        }
    }
    qsort(list, found, sizeof *list, ascending);
    *ret_count = found;
    return list;
}
