/* waitq.h: who waits for an object, FIFO.
 *
 * INVARIANTS
 *   - A waiter lives on the parked goroutine's own stack: it is valid until that goroutine is made
 *     ready and runs on.
 *   - A queue is protected by the lock of its object.
 *   - A waiter whose goroutine waits for one thing only has wait == NULL. Otherwise several wakers
 *     compete: the one that turns wait->claimed from 0 to 1 wins, fills in the waiter, sets
 *     wait->winner and must make the goroutine ready; the others leave it alone. */
#ifndef WEFT_CORE_WAITQ_H
#define WEFT_CORE_WAITQ_H

#include "backend.h"

typedef struct weft__wait weft__wait;
typedef struct weft__waiter weft__waiter;

struct weft__waiter {
    weft__waiter *next;
    weft__waiter *prev;
    weft__g *g;
    weft__wait *wait;
    void *value; /* channel: where the element goes, or (never written) where it comes from */
    uint64_t n;  /* semaphore: units; select: index of the case */
    bool ok;     /* written by the waker: the transfer took place, rather than a close */
    bool queued;
};

typedef struct weft__waitq {
    weft__waiter *head;
    weft__waiter *tail;
} weft__waitq;

/* wait.c: a claim for this waiter's goroutine; true without a competition. */
bool weft__waiter_claim(weft__waiter *waiter);

/* Without the lock: at some moment of the call. */
static inline bool weft__waitq_seen_empty(const weft__waitq *q)
{
    return weft__load_pointer_acquire(&q->head) == NULL;
}

static inline bool weft__waitq_empty(const weft__waitq *q)
{
    return q->head == NULL;
}

static inline void weft__waitq_push(weft__waitq *q, weft__waiter *w)
{
    w->next = NULL;
    w->prev = q->tail;
    w->queued = true;
    if (q->tail != NULL) {
        q->tail->next = w;
    } else {
        weft__store_pointer_release(&q->head, w);
    }
    q->tail = w;
}

static inline void weft__waitq_remove(weft__waitq *q, weft__waiter *w)
{
    weft__store_pointer_release(w->prev != NULL ? &w->prev->next : &q->head, w->next);
    *(w->next != NULL ? &w->next->prev : &q->tail) = w->prev;
    w->queued = false;
}

/* The first waiter that could be claimed, no longer queued; those that others had claimed are
 * dropped on the way. NULL: none. */
static inline weft__waiter *weft__waitq_pop(weft__waitq *q)
{
    while (q->head != NULL) {
        weft__waiter *w = q->head;
        weft__waitq_remove(q, w);
        if (weft__waiter_claim(w)) {
            return w;
        }
    }
    return NULL;
}

/* Make all goroutines of a list, chained by `next` and claimed by the caller, runnable. */
static inline void weft__waiters_ready(weft__waiter *list)
{
    while (list != NULL) {
        weft__waiter *next = list->next; /* read before the goroutine can run on */
        weft__ready(list->g, WEFT__TAIL);
        list = next;
    }
}

#endif
