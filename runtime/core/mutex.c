/* mutex.c: the mutual exclusion lock.
 *
 * INVARIANTS (under object.lock)
 *   - Waiters imply locked. Unlock hands the lock to the first waiter and leaves it locked: FIFO,
 *     and a waiter that has been woken need not compete. docs/decisions/0003-fifo-mutex.md says
 *     why. */
#include "sync.h"

_Static_assert(sizeof(weft__mutex) <= sizeof(weft_mutex), "weft_mutex is too small");

static weft__mutex *inside(weft_mutex *mutex)
{
    return (weft__mutex *)mutex;
}

void weft_mutex_lock(weft_mutex *mutex)
{
    weft__g *const self = weft__self();
    weft__mutex *const m = inside(mutex);
    WEFT__POINT(self, .kind = WEFT__OP_LOCK, .object = m, .site = WEFT__SITE);
    weft__object_lock(&m->object);
    if (m->locked) {
        weft__waiter w = {.g = self};
        weft__park_on(self, &m->object, &m->waiters, &w, WEFT__WHY_MUTEX);
        return;
    }
    m->locked = true;
    weft__object_unlock(&m->object);
}

bool weft_mutex_try_lock(weft_mutex *mutex)
{
    weft__g *const self = weft__self();
    weft__mutex *const m = inside(mutex);
    WEFT__POINT(self, .kind = WEFT__OP_TRY_LOCK, .object = m, .site = WEFT__SITE);
    weft__object_lock(&m->object);
    const bool done = !m->locked;
    m->locked = true;
    weft__object_unlock(&m->object);
    return done;
}

void weft_mutex_unlock(weft_mutex *mutex)
{
    weft__g *const self = weft__self();
    weft__mutex *const m = inside(mutex);
    WEFT__POINT(self, .kind = WEFT__OP_UNLOCK, .object = m, .site = WEFT__SITE);
    weft__object_lock(&m->object);
    if (!m->locked) {
        weft__object_unlock(&m->object);
        weft__fatal_at(self, WEFT__SITE, "unlock of unlocked mutex");
    }
    weft__waiter *const next = weft__waitq_pop(&m->waiters);
    m->locked = next != NULL;
    weft__object_unlock(&m->object);
    if (next != NULL) {
        weft__ready(next->g, WEFT__NEXT);
    }
}
