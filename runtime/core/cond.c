/* cond.c: the condition variable, and the lockers that it waits with.
 *
 * A waiter is queued before its lock is dropped, and may be signalled before it has parked, since
 * dropping the lock lets others run. So it notes two things under object.lock: `ok`, signalled, and
 * `n`, parked; whoever comes second acts. */
#include "sync.h"

_Static_assert(sizeof(weft__cond) <= sizeof(weft_cond), "weft_cond is too small");

static weft__cond *inside(weft_cond *cond)
{
    return (weft__cond *)cond;
}

void(weft_cond_wait)(weft_cond *cond, weft_locker lock)
{
    weft__g *const self = weft__self();
    weft__cond *const c = inside(cond);
    WEFT__POINT(self, .kind = WEFT__OP_COND_WAIT, .object = c, .site = WEFT__SITE);
    weft__waiter w = {.g = self};
    weft__object_lock(&c->object);
    weft__waitq_push(&c->waiters, &w);
    weft__object_unlock(&c->object);
    lock.unlock(lock.object);
    weft__object_lock(&c->object);
    if (w.ok) {
        weft__object_unlock(&c->object);
    } else {
        w.n = 1;
        weft__park(self, weft__object_parked, &c->object, WEFT__WHY_COND);
    }
    lock.lock(lock.object);
}

/* Under the lock: mark a waiter as signalled; whether it has parked and must be made ready. */
static bool signalled(weft__waiter *w)
{
    w->ok = true;
    return w->n == 1;
}

void weft_cond_signal(weft_cond *cond)
{
    weft__g *const self = weft__self();
    weft__cond *const c = inside(cond);
    WEFT__POINT(self, .kind = WEFT__OP_SIGNAL, .object = c, .site = WEFT__SITE);
    weft__object_lock(&c->object);
    weft__waiter *const w = weft__waitq_pop(&c->waiters);
    const bool parked = w != NULL && signalled(w);
    weft__object_unlock(&c->object);
    if (parked) {
        weft__ready(w->g, WEFT__TAIL);
    }
}

void weft_cond_broadcast(weft_cond *cond)
{
    weft__g *const self = weft__self();
    weft__cond *const c = inside(cond);
    WEFT__POINT(self, .kind = WEFT__OP_BROADCAST, .object = c, .site = WEFT__SITE);
    weft__waitq parked = {0};
    weft__object_lock(&c->object);
    for (weft__waiter *w = weft__waitq_pop(&c->waiters); w != NULL;
         w = weft__waitq_pop(&c->waiters)) {
        if (signalled(w)) {
            weft__waitq_push(&parked, w);
        }
    }
    weft__object_unlock(&c->object);
    weft__waiters_ready(parked.head);
}

static void lock_mutex(void *mutex)
{
    weft_mutex_lock(mutex);
}

static void unlock_mutex(void *mutex)
{
    weft_mutex_unlock(mutex);
}

static void lock_write(void *rwmutex)
{
    weft_rwmutex_lock(rwmutex);
}

static void unlock_write(void *rwmutex)
{
    weft_rwmutex_unlock(rwmutex);
}

static void lock_read(void *rwmutex)
{
    weft_rwmutex_rlock(rwmutex);
}

static void unlock_read(void *rwmutex)
{
    weft_rwmutex_runlock(rwmutex);
}

weft_locker weft_mutex_locker(weft_mutex *mutex)
{
    return (weft_locker){.lock = lock_mutex, .unlock = unlock_mutex, .object = mutex};
}

weft_locker weft_rwmutex_locker(weft_rwmutex *rwmutex)
{
    return (weft_locker){.lock = lock_write, .unlock = unlock_write, .object = rwmutex};
}

weft_locker weft_rwmutex_rlocker(weft_rwmutex *rwmutex)
{
    return (weft_locker){.lock = lock_read, .unlock = unlock_read, .object = rwmutex};
}

weft_locker weft_locker_self(weft_locker locker)
{
    return locker;
}
