/* sema.c: the weighted semaphore.
 *
 * INVARIANTS (under object.lock)
 *   - 0 <= held <= capacity; the first waiter, if any, asks for more than is free.
 *   - Every waiter has a weft__wait, as its deadline may claim it. */
#include <errno.h>

#include "sync.h"
#include "timer.h"

_Static_assert(sizeof(weft__sema) <= sizeof(weft_sema), "weft_sema is too small");
_Static_assert(offsetof(weft__sema, capacity) == 2 * sizeof(uint64_t), "WEFT_SEMA");

static weft__sema *inside(weft_sema *sema)
{
    return (weft__sema *)sema;
}

static void check_units(weft__g *self, int64_t n, const void *site)
{
    if (n < 0) {
        weft__panic_at(self, site, "semaphore: a negative number of units");
    }
}

/* Under the lock: take n units if nobody waits in front. */
static bool take(weft__sema *s, int64_t n)
{
    if (n > s->capacity - s->held || !weft__waitq_empty(&s->waiters)) {
        return false;
    }
    s->held += n;
    return true;
}

/* Under the lock: give units to waiters from the front, as far as they go. A list of the lucky. */
static weft__waiter *admit(weft__sema *s)
{
    weft__waitq admitted = {0};
    while (s->waiters.head != NULL) {
        weft__waiter *const w = s->waiters.head;
        const int64_t n = (int64_t)w->n;
        if (n > s->capacity - s->held) {
            break;
        }
        weft__waitq_remove(&s->waiters, w);
        if (weft__waiter_claim(w)) {
            s->held += n;
            weft__waitq_push(&admitted, w);
        }
    }
    return admitted.head;
}

/* After its deadline: leave the queue, which may let those behind go ahead. Until then it is in
 * their way, so this is an operation: like a release of nothing. */
static void give_up(weft__g *self, weft__sema *s, weft__waiter *w, const void *site)
{
    WEFT__POINT(self, .kind = WEFT__OP_RELEASE, .object = s, .site = site);
    weft__object_lock(&s->object);
    weft__waiter *woken = NULL;
    if (w->queued) {
        weft__waitq_remove(&s->waiters, w);
        woken = admit(s);
    }
    weft__object_unlock(&s->object);
    weft__waiters_ready(woken);
}

static int wait_for_units(weft__g *self, weft__sema *s, int64_t n, int64_t deadline_ns,
                          const void *site)
{
    weft__wait wait;
    weft__wait_begin(&wait, self, deadline_ns);
    weft__waiter w = {.g = self, .wait = &wait, .n = (uint64_t)n};
    const bool never = n > s->capacity; /* does not stand in the way of the others */
    weft__object_lock(&s->object);
    if (take(s, n)) {
        weft__object_unlock(&s->object);
        weft__wait_end(&wait);
        return 0;
    }
    if (!never) {
        weft__waitq_push(&s->waiters, &w);
    }
    weft__wait_park(&wait, weft__object_parked, &s->object,
                    never ? WEFT__WHY_SEMA_NEVER : WEFT__WHY_SEMA);
    weft__wait_end(&wait);
    if (wait.winner != NULL) {
        return 0;
    }
    give_up(self, s, &w, site);
    return -ETIMEDOUT;
}

static int acquire(weft__g *self, weft__sema *s, int64_t n, int64_t deadline_ns, const void *site)
{
    check_units(self, n, site);
    weft__object_lock(&s->object);
    const bool done = take(s, n);
    weft__object_unlock(&s->object);
    return done ? 0 : wait_for_units(self, s, n, deadline_ns, site);
}

void weft_sema_acquire(weft_sema *sema, int64_t n)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_ACQUIRE, .object = sema, .n = (uint64_t)n,
                .site = WEFT__SITE);
    (void)acquire(self, inside(sema), n, WEFT_NEVER, WEFT__SITE);
}

int weft_sema_acquire_until(weft_sema *sema, int64_t n, int64_t deadline_ns)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_ACQUIRE, .object = sema, .n = (uint64_t)n,
                .site = WEFT__SITE);
    return acquire(self, inside(sema), n, deadline_ns, WEFT__SITE);
}

bool weft_sema_try_acquire(weft_sema *sema, int64_t n)
{
    weft__g *const self = weft__self();
    weft__sema *const s = inside(sema);
    WEFT__POINT(self, .kind = WEFT__OP_TRY_ACQUIRE, .object = s, .n = (uint64_t)n,
                .site = WEFT__SITE);
    check_units(self, n, WEFT__SITE);
    weft__object_lock(&s->object);
    const bool done = take(s, n);
    weft__object_unlock(&s->object);
    return done;
}

void weft_sema_release(weft_sema *sema, int64_t n)
{
    weft__g *const self = weft__self();
    weft__sema *const s = inside(sema);
    WEFT__POINT(self, .kind = WEFT__OP_RELEASE, .object = s, .n = (uint64_t)n, .site = WEFT__SITE);
    check_units(self, n, WEFT__SITE);
    weft__object_lock(&s->object);
    if (n > s->held) {
        weft__object_unlock(&s->object);
        weft__panic_at(self, WEFT__SITE, "semaphore: released more than held");
    }
    s->held -= n;
    weft__waiter *const woken = admit(s);
    weft__object_unlock(&s->object);
    weft__waiters_ready(woken);
}
