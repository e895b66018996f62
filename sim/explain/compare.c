/* compare.c: see compare.h. */
#include "compare.h"

#include <stdlib.h>
#include <string.h>

#include "../memory.h"

static void add(weft__differences *d, weft__difference one)
{
    if (d->count == d->capacity) {
        d->capacity = d->capacity == 0 ? 32 : d->capacity * 2;
        d->list = weft__grow(d->list, d->capacity * sizeof *d->list);
    }
    d->list[d->count++] = one;
}

static bool same_source(const weft__outline *failing, const weft__deed *f,
                        const weft__outline *passing, const weft__deed *p)
{
    if (f->source == 0 || p->source == 0) {
        return f->source == p->source;
    }
    const weft__deed *const a = &failing->deeds[f->source - 1];
    const weft__deed *const b = &passing->deeds[p->source - 1];
    return a->goroutine == b->goroutine && a->seq == b->seq;
}

/* Whether the same operation got the same in both runs. What came of one that waited when the run
 * was cut short is not known. */
static bool got_the_same(const weft__outline *failing, const weft__deed *f,
                         const weft__outline *passing, const weft__deed *p)
{
    if (f->waited != p->waited || f->ready != p->ready) {
        return false;
    }
    return (f->for_ever && failing->cut_short) ||
           (f->chosen == p->chosen && same_source(failing, f, passing, p));
}

static uint32_t slots_of(const weft__outline *outline)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < outline->count; i++) {
        const uint32_t slot = outline->deeds[i].slot;
        count = slot != WEFT__TIMER_SLOT && slot >= count ? slot + 1 : count;
    }
    return count;
}

/* The operation in place of failing deed i; true: the goroutine goes the same way on. */
static bool compare_one(const weft__outline *failing, uint32_t i, const weft__outline *passing,
                        weft__differences *ret_differences)
{
    const weft__deed *const f = &failing->deeds[i];
    const uint32_t found = weft__outline_find(passing, f, i);
    const weft__deed *const p = found == 0 ? NULL : &passing->deeds[found - 1];
    const bool same = p != NULL && f->kind == p->kind && f->site == p->site;
    if (!same || !got_the_same(failing, f, passing, p)) {
        add(ret_differences,
            (weft__difference){.failing = i, .passing = found, .other = p != NULL && !same});
    }
    return same;
}

void weft__compare(const weft__outline *failing, const weft__outline *passing,
                   weft__differences *ret_differences)
{
    const uint32_t slots = slots_of(failing);
    bool *const left = weft__grow(NULL, slots + 1);
    memset(left, 0, slots + 1);
    ret_differences->count = 0;
    for (uint32_t i = 0; i < failing->count; i++) {
        const uint32_t slot = failing->deeds[i].slot;
        if (slot != WEFT__TIMER_SLOT && !left[slot]) {
            left[slot] = !compare_one(failing, i, passing, ret_differences);
        }
    }
    free(left);
}
