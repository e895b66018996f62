/* sync.h: the insides of the caller-owned sync objects. All zero is the ready state of each; all
 * fields are protected by object.lock. The invariants stand in the source file of each. */
#ifndef WEFT_CORE_SYNC_H
#define WEFT_CORE_SYNC_H

#include "g.h"
#include "waitq.h"

typedef struct weft__mutex {
    weft__object object;
    uint64_t locked;
    weft__waitq waiters;
} weft__mutex;

typedef struct weft__rwmutex {
    weft__object object;
    uint32_t reader_count; /* that hold it */
    uint32_t writing;      /* a writer holds it */
    weft__waitq readers;
    weft__waitq writers;
} weft__rwmutex;

typedef struct weft__cond {
    weft__object object;
    weft__waitq waiters;
} weft__cond;

typedef struct weft__waitgroup {
    weft__object object;
    int64_t count;
    weft__waitq waiters;
} weft__waitgroup;

typedef struct weft__once {
    weft__object object;
    uint64_t state;
    weft__waitq waiters;
} weft__once;

typedef struct weft__sema {
    weft__object object;
    int64_t capacity; /* third word: WEFT_SEMA */
    int64_t held;
    weft__waitq waiters;
} weft__sema;

/* weft_waitgroup_add, on behalf of the public call that returns to `site`; NULL: of none. */
void weft__waitgroup_add(weft_waitgroup *waitgroup, int64_t delta, const void *site);

/* Why a context is cancelled, once its channel is closed. */
int weft__context_cause(const weft_context *context);

void weft__object_parked(weft__g *g, void *object); /* a commit: waitgroup.c */

/* Queue w, which names self, and park; `object`'s lock is held and dropped. */
static inline void weft__park_on(weft__g *self, weft__object *object, weft__waitq *q,
                                 weft__waiter *w, weft__why why)
{
    weft__waitq_push(q, w);
    weft__park(self, weft__object_parked, object, why);
}

/* Take the whole queue as a list for weft__waiters_ready. Only for queues without claims. */
static inline weft__waiter *weft__waitq_take_all(weft__waitq *q)
{
    weft__waiter *const list = q->head;
    *q = (weft__waitq){0};
    return list;
}

#endif
