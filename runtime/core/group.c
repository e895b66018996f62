/* group.c: goroutines that work on parts of one task: a wait group, a first error, a limit.
 *
 * INVARIANTS
 *   - `limit` is a semaphore whose capacity is the limit, 0: none; a running function holds a unit.
 *   - `first` is protected by `lock`; `context` does not change between with_context and wait. */
#include <errno.h>

#include "sync.h"

typedef struct weft__group {
    weft_waitgroup running;
    weft_sema limit;
    weft_context *context;
    weft__lock lock;
    int first;
} weft__group;

_Static_assert(sizeof(weft__group) <= sizeof(weft_group), "weft_group is too small");

/* What a goroutine of the group gets. Its deferred call is the first, so that it runs last. */
typedef struct weft__part {
    weft__defer defer;
    weft__group *group;
    weft_group_fn *fn;
    void *arg;
} weft__part;

static weft__group *inside(weft_group *group)
{
    return (weft__group *)group;
}

static int64_t limit_of(const weft__group *g)
{
    return ((const weft__sema *)&g->limit)->capacity;
}

static void fail(weft__group *g, int error)
{
    weft__lock_acquire(&g->lock);
    const bool first = g->first == 0;
    if (first) {
        g->first = error;
    }
    weft__lock_release(&g->lock);
    if (first) {
        weft_context_cancel(g->context);
    }
}

static void leave(weft__group *g)
{
    if (limit_of(g) != 0) {
        weft_sema_release(&g->limit, 1);
    }
    weft__waitgroup_add(&g->running, -1, NULL);
}

static void end_part(void *arg)
{
    weft__group *const g = ((weft__part *)arg)->group;
    weft__free(arg, sizeof(weft__part));
    leave(g);
}

static void run_part(void *arg)
{
    weft__part *const part = arg;
    weft__defer_first(&part->defer, end_part, part);
    const int error = part->fn(part->arg);
    if (error != 0) {
        fail(part->group, error);
    }
}

/* With a unit of the limit in hand. */
static int start(weft__group *g, weft_group_fn *fn, void *arg, const void *site)
{
    static const weft_go_options options = {.name = "group"};
    weft__part *const part = weft__alloc(sizeof *part);
    int error = -ENOMEM;
    weft__waitgroup_add(&g->running, 1, site);
    if (part != NULL) {
        *part = (weft__part){.group = g, .fn = fn, .arg = arg};
        error = weft__go(&options, run_part, part, site);
    }
    if (error != 0) {
        weft__free(part, sizeof *part);
        leave(g);
    }
    return error;
}

weft_context *weft_group_with_context(weft_group *group, weft_context *parent)
{
    weft__group *const g = inside(group);
    if (g->context != NULL) {
        weft__panic_at(weft__self(), WEFT__SITE, "weft_group_with_context called twice");
    }
    g->context = weft_context_with_cancel(parent);
    return g->context;
}

void weft_group_limit(weft_group *group, uint32_t n)
{
    weft__group *const g = inside(group);
    if (((const weft__sema *)&g->limit)->held != 0) {
        weft__panic_at(weft__self(), WEFT__SITE, "weft_group_limit while functions are running");
    }
    g->limit = WEFT_SEMA(n);
}

int weft_group_go(weft_group *group, weft_group_fn *fn, void *arg)
{
    weft__group *const g = inside(group);
    if (limit_of(g) != 0) {
        weft_sema_acquire(&g->limit, 1);
    }
    return start(g, fn, arg, WEFT__SITE);
}

int weft_group_try_go(weft_group *group, weft_group_fn *fn, void *arg)
{
    weft__group *const g = inside(group);
    if (limit_of(g) != 0 && !weft_sema_try_acquire(&g->limit, 1)) {
        return -EAGAIN;
    }
    return start(g, fn, arg, WEFT__SITE);
}

int weft_group_wait(weft_group *group)
{
    weft__group *const g = inside(group);
    weft_waitgroup_wait(&g->running);
    weft__lock_acquire(&g->lock);
    const int first = g->first;
    g->first = 0;
    weft__lock_release(&g->lock);
    weft_context *const context = g->context;
    g->context = NULL;
    weft_context_release(context);
    return first;
}
