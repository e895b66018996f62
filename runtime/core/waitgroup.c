/* waitgroup.c: waiting for a count to become 0.
 *
 * INVARIANTS (under object.lock)
 *   - count >= 0; waiters imply count > 0. */
#include "sync.h"

#include <errno.h>

_Static_assert(sizeof(weft__waitgroup) <= sizeof(weft_waitgroup), "weft_waitgroup is too small");

void weft__object_parked(weft__g *g, void *object)
{
    (void)g;
    weft__object_unlock(object);
}

static void add(weft__waitgroup *wg, int64_t delta, const void *site)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_WG_ADD, .object = wg, .n = (uint64_t)delta, .site = site);
    weft__object_lock(&wg->object);
    int64_t count = 0;
    if (__builtin_add_overflow(wg->count, delta, &count) || count < 0) {
        weft__object_unlock(&wg->object);
        weft__panic_at(self, site,
                       count < 0 ? "negative wait group counter" : "wait group counter overflow");
    }
    wg->count = count;
    weft__waiter *const woken = count == 0 ? weft__waitq_take_all(&wg->waiters) : NULL;
    weft__object_unlock(&wg->object);
    weft__waiters_ready(woken);
}

void weft__waitgroup_add(weft_waitgroup *waitgroup, int64_t delta, const void *site)
{
    add((weft__waitgroup *)waitgroup, delta, site);
}

void weft_waitgroup_add(weft_waitgroup *waitgroup, int64_t delta)
{
    add((weft__waitgroup *)waitgroup, delta, WEFT__SITE);
}

void weft_waitgroup_done(weft_waitgroup *waitgroup)
{
    add((weft__waitgroup *)waitgroup, -1, WEFT__SITE);
}

void weft_waitgroup_wait(weft_waitgroup *waitgroup)
{
    weft__g *const self = weft__self();
    weft__waitgroup *const wg = (weft__waitgroup *)waitgroup;
    WEFT__POINT(self, .kind = WEFT__OP_WG_WAIT, .object = wg, .site = WEFT__SITE);
    weft__object_lock(&wg->object);
    if (wg->count == 0) {
        weft__object_unlock(&wg->object);
        return;
    }
    weft__waiter w = {.g = self};
    weft__park_on(self, &wg->object, &wg->waiters, &w, WEFT__WHY_WAITGROUP);
}

/* What a goroutine of weft_waitgroup_go gets. Its deferred call is the first, so that it runs last,
 * after those of fn. */
typedef struct weft__counted {
    weft__defer defer;
    weft_waitgroup *waitgroup;
    weft_fn *fn;
    void *arg;
} weft__counted;

static void end_counted(void *arg)
{
    weft_waitgroup *const waitgroup = ((weft__counted *)arg)->waitgroup;
    weft__free(arg, sizeof(weft__counted));
    weft__waitgroup_add(waitgroup, -1, NULL);
}

static void run_counted(void *arg)
{
    weft__counted *const counted = arg;
    weft__defer_first(&counted->defer, end_counted, counted);
    counted->fn(counted->arg);
}

int weft_waitgroup_go_with(weft_waitgroup *waitgroup, const weft_go_options *options, weft_fn *fn,
                           void *arg)
{
    weft__counted *const counted = weft__alloc(sizeof *counted);
    if (counted == NULL) {
        return -ENOMEM;
    }
    *counted = (weft__counted){.waitgroup = waitgroup, .fn = fn, .arg = arg};
    weft__waitgroup_add(waitgroup, 1, WEFT__SITE);
    const int error = weft__go(options, run_counted, counted, WEFT__SITE);
    if (error != 0) {
        weft__free(counted, sizeof *counted);
        weft__waitgroup_add(waitgroup, -1, WEFT__SITE);
    }
    return error;
}
