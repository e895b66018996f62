/* lock.h: the short lock in front of the core's data.
 *
 * INVARIANTS
 *   - Held for a bounded number of instructions; only weft__park's commit may release it later.
 *   - No seam call is made under it, except weft__park (whose commit drops it) and weft__lock_wait,
 *     and except that a timer is armed and cancelled under its own control lock (timer.c), which no
 *     fire function takes.
 *   - Order: a timer's control lock; then the backend's timer lock, under which fire functions run;
 *     then the locks of channels, several in order of their names (select.c). Nothing else nests.
 *   - In the simulator it is never contended: contention would mean that it was held across a
 *     switch, which weft__lock_wait reports. */
#ifndef WEFT_CORE_LOCK_H
#define WEFT_CORE_LOCK_H

#include "atomic.h"

typedef struct weft__lock {
    uint32_t held; /* 0 or 1 */
} weft__lock;

/* The seam's: return when the lock has been acquired. */
void weft__lock_wait(weft__lock *lock);

static inline bool weft__lock_try(weft__lock *lock)
{
    return weft__cas_acquire(&lock->held, 0, 1);
}

static inline void weft__lock_acquire(weft__lock *lock)
{
    if (!weft__lock_try(lock)) {
        weft__lock_wait(lock);
    }
}

static inline void weft__lock_release(weft__lock *lock)
{
    weft__store_release(&lock->held, 0);
}

#endif
