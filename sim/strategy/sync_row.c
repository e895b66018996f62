/* sync_row.c: which operations on one sync object conflict in its present state. See rows.h.
 *
 * A goroutine that parks and is made ready by the other operation counts as one that never parked:
 * resuming it conflicts with nothing. When misuse ends the run, what else there is to see counts no
 * more, but who did it.
 *
 * tests/unit/sim/sync_pairs_test.c compares every row with both orders of execution. */
#include <sync.h>

#include "rows.h"

static bool empty(const weft__waitq *q)
{
    return weft__waitq_empty(q);
}

/* Unlock hands over to who waits, so a lock that arrives and an unlock commute. */
static bool mutex_row(const weft__mutex *m, weft__op_kind a, weft__op_kind b)
{
    if (b == WEFT__OP_UNLOCK) {
        return !m->locked || (a != WEFT__OP_LOCK && empty(&m->waiters));
    }
    return b == WEFT__OP_LOCK || !m->locked;
}

static bool free_for_readers(const weft__rwmutex *rw)
{
    return rw->writing == 0 && empty(&rw->writers);
}

static bool free_for_writer(const weft__rwmutex *rw)
{
    return rw->writing == 0 && rw->reader_count == 0;
}

/* Whether the last reader leaves, and whom that lets in. */
static bool last_reader(const weft__rwmutex *rw, bool writer_waits)
{
    return rw->reader_count == 1 && empty(&rw->writers) != writer_waits;
}

static bool runlock_row(const weft__rwmutex *rw, weft__op_kind a)
{
    if (a == WEFT__OP_RUNLOCK) {
        return rw->reader_count < 2;
    }
    return rw->reader_count == 0 && free_for_readers(rw); /* misuse, unless one comes first */
}

static bool wlock_row(const weft__rwmutex *rw, weft__op_kind a)
{
    if (a == WEFT__OP_RLOCK || a == WEFT__OP_TRY_RLOCK) {
        return free_for_readers(rw); /* a writer that arrives keeps readers out */
    }
    return a == WEFT__OP_WLOCK;
}

static bool try_wlock_row(const weft__rwmutex *rw, weft__op_kind a)
{
    return a == WEFT__OP_RUNLOCK ? last_reader(rw, false) : free_for_writer(rw);
}

/* Nobody holds it to write: misuse, unless the other one sees to that. */
static bool wrong_wunlock_row(const weft__rwmutex *rw, weft__op_kind a)
{
    switch (a) {
    case WEFT__OP_RLOCK:
    case WEFT__OP_TRY_RLOCK:
        return false;
    case WEFT__OP_RUNLOCK: /* which of the two is wrong */
        return rw->reader_count == 0 || last_reader(rw, true);
    case WEFT__OP_WUNLOCK:
        return true;
    default: /* WLOCK, TRY_WLOCK */
        return free_for_writer(rw);
    }
}

static bool wunlock_row(const weft__rwmutex *rw, weft__op_kind a)
{
    if (rw->writing == 0) {
        return wrong_wunlock_row(rw, a);
    }
    switch (a) {
    case WEFT__OP_RLOCK: /* before: let in with the readers; after: behind the writers */
        return !empty(&rw->writers);
    case WEFT__OP_TRY_RLOCK:
        return empty(&rw->writers);
    case WEFT__OP_RUNLOCK: /* misuse, unless readers have been let in */
        return !empty(&rw->readers);
    case WEFT__OP_WLOCK:
        return false;
    case WEFT__OP_TRY_WLOCK:
        return empty(&rw->writers) && empty(&rw->readers);
    default: /* WUNLOCK: misuse, unless a writer has been let in */
        return empty(&rw->writers) || !empty(&rw->readers);
    }
}

static bool rwmutex_row(const weft__rwmutex *rw, weft__op_kind a, weft__op_kind b)
{
    switch (b) {
    case WEFT__OP_RUNLOCK:
        return runlock_row(rw, a);
    case WEFT__OP_WLOCK:
        return wlock_row(rw, a);
    case WEFT__OP_TRY_WLOCK:
        return try_wlock_row(rw, a);
    case WEFT__OP_WUNLOCK:
        return wunlock_row(rw, a);
    default: /* RLOCK, TRY_RLOCK */
        return false;
    }
}

/* Signals and broadcasts commute: the same goroutines are woken. */
static bool cond_row(const weft__cond *c, weft__op_kind a, weft__op_kind b)
{
    if (a != WEFT__OP_COND_WAIT) {
        return false;
    }
    return b != WEFT__OP_SIGNAL || empty(&c->waiters);
}

/* What becomes of a wait group when first `a` and then `b` is added. */
typedef struct weft__sum {
    bool failed[2]; /* panicked: the first, the second */
    bool woke;
    int64_t count;
} weft__sum;

static bool add_to(weft__sum *sum, int64_t delta)
{
    int64_t count = 0;
    if (__builtin_add_overflow(sum->count, delta, &count) || count < 0) {
        return true;
    }
    sum->count = count;
    sum->woke = sum->woke || count == 0;
    return false;
}

static weft__sum add_both(int64_t count, int64_t a, int64_t b)
{
    weft__sum sum = {.count = count};
    sum.failed[0] = add_to(&sum, a);
    sum.failed[1] = add_to(&sum, b);
    return sum;
}

static bool waitgroup_row(const weft__waitgroup *wg, const weft__op *a, const weft__op *b)
{
    if (a->kind == WEFT__OP_WG_WAIT) {
        return false;
    }
    const int64_t delta = (int64_t)a->n;
    if (b->kind == WEFT__OP_WG_WAIT) {
        return wg->count == 0 && delta > 0;
    }
    const weft__sum ab = add_both(wg->count, delta, (int64_t)b->n);
    const weft__sum ba = add_both(wg->count, (int64_t)b->n, delta);
    return ab.failed[0] != ba.failed[1] || ab.failed[1] != ba.failed[0] || ab.count != ba.count ||
           (ab.woke != ba.woke && !empty(&wg->waiters));
}

/* a and b both take units. */
static bool take_row(const weft__sema *s, const weft__op *a, const weft__op *b)
{
    const int64_t left = s->capacity - s->held;
    const int64_t first = (int64_t)a->n;
    const int64_t second = (int64_t)b->n;
    if (b->kind == WEFT__OP_ACQUIRE) { /* so is a: who comes first, and stands in front */
        const bool never = first > s->capacity || second > s->capacity;
        return !never && (!empty(&s->waiters) || first > left - second);
    }
    if (!empty(&s->waiters) || second > left) {
        return false; /* that try fails */
    }
    if (first > (a->kind == WEFT__OP_ACQUIRE ? s->capacity : left)) {
        return false; /* never queued; or fails as well */
    }
    return first > left - second;
}

/* The waiters get theirs of the units that are left, up to `last`, and without the one that gives
 * up. What then remains; negative: it is not enough. */
static int64_t serve(const weft__sema *s, int64_t left, const weft__waiter *quitter,
                     const weft__waiter *last)
{
    for (const weft__waiter *w = s->waiters.head; w != NULL && left >= 0; w = w->next) {
        if (w == quitter) {
            continue;
        }
        if ((int64_t)w->n > left) {
            return -1;
        }
        left -= w->wait->claimed != 0 ? 0 : (int64_t)w->n; /* claimed: by its deadline */
        if (w == last) {
            break;
        }
    }
    return left;
}

/* The one that releases too much panics; units that waiters get may prevent that. */
static bool releases_row(const weft__sema *s, int64_t first, int64_t second)
{
    if (first <= s->held - second || (first > s->held && second > s->held)) {
        return false;
    }
    return (first <= s->held && second <= s->held) || !empty(&s->waiters);
}

static bool release_row(const weft__sema *s, const weft__op *a, int64_t released)
{
    const int64_t n = (int64_t)a->n;
    if (a->kind == WEFT__OP_RELEASE) {
        return releases_row(s, n, released);
    }
    const int64_t left = s->capacity - s->held;
    const bool takes = n <= left && empty(&s->waiters);
    if (released > s->held) {
        return takes && released - s->held <= n; /* it panics, unless units are taken first */
    }
    return a->kind == WEFT__OP_TRY_ACQUIRE && !takes && n <= serve(s, left + released, NULL, NULL);
}

static bool sema_row(const weft__sema *s, const weft__op *a, const weft__op *b)
{
    if ((int64_t)a->n < 0 || (int64_t)b->n < 0) {
        return false; /* panics without a look at it */
    }
    return b->kind == WEFT__OP_RELEASE ? release_row(s, a, (int64_t)b->n) : take_row(s, a, b);
}

bool weft__sema_quits(const weft__waiter *quitter, const weft__op *op)
{
    const weft__sema *const s = op->object;
    const int64_t left = s->capacity - s->held;
    const int64_t n = (int64_t)op->n;
    switch (op->kind) {
    case WEFT__OP_TRY_ACQUIRE:
        return n >= 0 && n <= serve(s, left, quitter, NULL);
    case WEFT__OP_RELEASE:
        return n >= 0 && serve(s, left + n, NULL, quitter) >= 0;
    default: /* whoever comes waits behind */
        return false;
    }
}

bool weft__sema_waits(const weft__op *acquire)
{
    const weft__sema *const s = acquire->object;
    return (int64_t)acquire->n > s->capacity - s->held || !empty(&s->waiters);
}

bool weft__sync_row(const weft__op *a, const weft__op *b)
{
    const void *const object = a->object;
    switch (b->kind) {
    case WEFT__OP_LOCK:
    case WEFT__OP_TRY_LOCK:
    case WEFT__OP_UNLOCK:
        return mutex_row(object, a->kind, b->kind);
    case WEFT__OP_COND_WAIT:
    case WEFT__OP_SIGNAL:
    case WEFT__OP_BROADCAST:
        return cond_row(object, a->kind, b->kind);
    case WEFT__OP_WG_ADD:
    case WEFT__OP_WG_WAIT:
        return waitgroup_row(object, a, b);
    case WEFT__OP_ONCE:
        return ((const weft__once *)object)->state == 0; /* who runs the function */
    case WEFT__OP_ONCE_END:
        return false; /* whoever arrives waits for it, or finds it done */
    case WEFT__OP_ACQUIRE:
    case WEFT__OP_TRY_ACQUIRE:
    case WEFT__OP_RELEASE:
        return sema_row(object, a, b);
    default:
        return rwmutex_row(object, a->kind, b->kind);
    }
}
