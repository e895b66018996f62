/* rwmutex.c: the readers-writer lock, with Go's writer preference.
 *
 * INVARIANTS (under object.lock)
 *   - writing implies reader_count == 0.
 *   - A waiting reader implies a writer that holds or waits; a waiting writer implies a holder.
 *   - Unlock by a writer admits all waiting readers, then, when there were none, the next writer;
 *     the last reader admits the next writer. Locks are handed over: who is woken holds it. */
#include "sync.h"

_Static_assert(sizeof(weft__rwmutex) <= sizeof(weft_rwmutex), "weft_rwmutex is too small");

static weft__rwmutex *inside(weft_rwmutex *rwmutex)
{
    return (weft__rwmutex *)rwmutex;
}

static bool free_for_readers(const weft__rwmutex *rw)
{
    return rw->writing == 0 && weft__waitq_empty(&rw->writers);
}

static bool free_for_writer(const weft__rwmutex *rw)
{
    return rw->writing == 0 && rw->reader_count == 0;
}

/* Hand an rwmutex that nobody holds to the first waiting writer, if there is one. */
static weft__waiter *admit_writer(weft__rwmutex *rw)
{
    weft__waiter *const writer = weft__waitq_pop(&rw->writers);
    if (writer != NULL) {
        writer->next = NULL;
        rw->writing = 1;
    }
    return writer;
}

void weft_rwmutex_lock(weft_rwmutex *rwmutex)
{
    weft__g *const self = weft__self();
    weft__rwmutex *const rw = inside(rwmutex);
    WEFT__POINT(self, .kind = WEFT__OP_WLOCK, .object = rw, .site = WEFT__SITE);
    weft__object_lock(&rw->object);
    if (!free_for_writer(rw)) {
        weft__waiter w = {.g = self};
        weft__park_on(self, &rw->object, &rw->writers, &w, WEFT__WHY_WLOCK);
        return;
    }
    rw->writing = 1;
    weft__object_unlock(&rw->object);
}

bool weft_rwmutex_try_lock(weft_rwmutex *rwmutex)
{
    weft__g *const self = weft__self();
    weft__rwmutex *const rw = inside(rwmutex);
    WEFT__POINT(self, .kind = WEFT__OP_TRY_WLOCK, .object = rw, .site = WEFT__SITE);
    weft__object_lock(&rw->object);
    const bool done = free_for_writer(rw);
    if (done) {
        rw->writing = 1;
    }
    weft__object_unlock(&rw->object);
    return done;
}

void weft_rwmutex_unlock(weft_rwmutex *rwmutex)
{
    weft__g *const self = weft__self();
    weft__rwmutex *const rw = inside(rwmutex);
    WEFT__POINT(self, .kind = WEFT__OP_WUNLOCK, .object = rw, .site = WEFT__SITE);
    weft__object_lock(&rw->object);
    if (rw->writing == 0) {
        weft__object_unlock(&rw->object);
        weft__fatal_at(self, WEFT__SITE, "unlock of unlocked rwmutex");
    }
    rw->writing = 0;
    weft__waiter *woken = weft__waitq_take_all(&rw->readers);
    for (const weft__waiter *w = woken; w != NULL; w = w->next) {
        rw->reader_count++;
    }
    if (woken == NULL) {
        woken = admit_writer(rw);
    }
    weft__object_unlock(&rw->object);
    weft__waiters_ready(woken);
}

void weft_rwmutex_rlock(weft_rwmutex *rwmutex)
{
    weft__g *const self = weft__self();
    weft__rwmutex *const rw = inside(rwmutex);
    WEFT__POINT(self, .kind = WEFT__OP_RLOCK, .object = rw, .site = WEFT__SITE);
    weft__object_lock(&rw->object);
    if (!free_for_readers(rw)) {
        weft__waiter w = {.g = self};
        weft__park_on(self, &rw->object, &rw->readers, &w, WEFT__WHY_RLOCK);
        return;
    }
    rw->reader_count++;
    weft__object_unlock(&rw->object);
}

bool weft_rwmutex_try_rlock(weft_rwmutex *rwmutex)
{
    weft__g *const self = weft__self();
    weft__rwmutex *const rw = inside(rwmutex);
    WEFT__POINT(self, .kind = WEFT__OP_TRY_RLOCK, .object = rw, .site = WEFT__SITE);
    weft__object_lock(&rw->object);
    const bool done = free_for_readers(rw);
    if (done) {
        rw->reader_count++;
    }
    weft__object_unlock(&rw->object);
    return done;
}

void weft_rwmutex_runlock(weft_rwmutex *rwmutex)
{
    weft__g *const self = weft__self();
    weft__rwmutex *const rw = inside(rwmutex);
    WEFT__POINT(self, .kind = WEFT__OP_RUNLOCK, .object = rw, .site = WEFT__SITE);
    weft__object_lock(&rw->object);
    if (rw->reader_count == 0) {
        weft__object_unlock(&rw->object);
        weft__fatal_at(self, WEFT__SITE, "runlock of an rwmutex that no reader holds");
    }
    rw->reader_count--;
    weft__waiter *const woken = rw->reader_count == 0 ? admit_writer(rw) : NULL;
    weft__object_unlock(&rw->object);
    weft__waiters_ready(woken);
}
