/* once.c: calling a function once.
 *
 * INVARIANTS (under object.lock)
 *   - state goes NEW, RUNNING, DONE; waiters imply RUNNING. */
#include "sync.h"

_Static_assert(sizeof(weft__once) <= sizeof(weft_once), "weft_once is too small");

enum { NEW, RUNNING, DONE };

static void finish(void *arg)
{
    weft__g *const self = weft__self();
    weft__once *const once = arg;
    WEFT__POINT(self, .kind = WEFT__OP_ONCE_END, .object = once);
    weft__object_lock(&once->object);
    once->state = DONE;
    weft__waiter *const woken = weft__waitq_take_all(&once->waiters);
    weft__object_unlock(&once->object);
    weft__waiters_ready(woken);
}

static void call(weft__once *o, weft_fn *fn, void *arg)
{
    WEFT_DEFER(finish, o); /* also when fn panics or exits */
    fn(arg);
}

void weft_once_do(weft_once *once, weft_fn *fn, void *arg)
{
    weft__g *const self = weft__self();
    weft__once *const o = (weft__once *)once;
    WEFT__POINT(self, .kind = WEFT__OP_ONCE, .object = o, .site = WEFT__SITE);
    weft__object_lock(&o->object);
    if (o->state == RUNNING) {
        weft__waiter w = {.g = self};
        weft__park_on(self, &o->object, &o->waiters, &w, WEFT__WHY_ONCE);
        return;
    }
    const bool first = o->state == NEW;
    if (first) {
        o->state = RUNNING;
    }
    weft__object_unlock(&o->object);
    if (first) {
        call(o, fn, arg);
    }
}
