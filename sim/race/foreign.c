/* foreign.c: see foreign.h. */
#include "foreign.h"

#include "happens_before.h"
#include "watch.h"

enum { WORD = 4 }; /* at the lock's start: whether it is taken */

void weft__foreign_point(void *lock, const void *site)
{
    if (weft__watch_ready()) {
        weft__watch_point(WEFT__OP_MODIFY, lock, WORD, site);
    }
}

void weft__foreign_taken(const void *lock)
{
    if (weft__watch_ready() && weft__the_watch.orders) {
        weft__hb_acquire(weft__the_watch.slot, weft__hb_location(lock));
    }
}

void weft__foreign_released(const void *lock)
{
    if (weft__watch_ready() && weft__the_watch.orders) {
        weft__hb_release(weft__the_watch.slot, weft__hb_location(lock));
    }
}
