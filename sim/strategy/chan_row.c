/* chan_row.c: which operations on one channel conflict in its present state. See rows.h.
 *
 * tests/unit/sim/chan_pairs_test.c compares every row with both orders of execution. */
#include "rows.h"

/* The first waiter that can still be claimed; how many goroutines such waiters belong to. */
static const weft__waiter *look_at(const weft__waitq *q, unsigned *ret_count)
{
    const weft__waiter *first = NULL;
    *ret_count = 0;
    for (const weft__waiter *w = q->head; w != NULL; w = w->next) {
        if (w->wait != NULL && w->wait->claimed != 0) {
            continue;
        }
        if (first == NULL) {
            first = w;
            *ret_count = 1;
        } else if (w->g != first->g) {
            *ret_count = 2;
            break;
        }
    }
    return first;
}

weft__chan_view weft__chan_look(const weft_chan *ch)
{
    weft__chan_view v = {
        .closed = ch->closed,
        .of_timer = ch->of_timer,
        .count = ch->count,
        .capacity = ch->capacity,
    };
    v.sender = look_at(&ch->senders, &v.sender_count);
    v.receiver = look_at(&ch->receivers, &v.receiver_count);
    return v;
}

/* A send goes to a receiver or into the buffer, rather than wait or panic. */
static bool has_room(const weft__chan_view *v)
{
    return !v->closed && (v->count < v->capacity || v->receiver != NULL);
}

static bool has_value(const weft__chan_view *v)
{
    return v->count > 0 || v->sender != NULL;
}

/* A send puts one more value into the buffer. */
static bool buffers(const weft__chan_view *v)
{
    return has_room(v) && v->receiver == NULL;
}

static bool nobody_waits(const weft__chan_view *v)
{
    return v->sender == NULL && v->receiver == NULL;
}

static bool sends(weft__op_kind kind)
{
    return kind == WEFT__OP_SEND || kind == WEFT__OP_TRY_SEND;
}

static bool receives(weft__op_kind kind)
{
    return kind == WEFT__OP_RECV || kind == WEFT__OP_TRY_RECV;
}

/* What would park sees what a try leaves behind, and the other way round. */
static bool try_send_row(const weft__chan_view *v, weft__op_kind a)
{
    if (sends(a)) {
        return has_room(v);
    }
    return !v->closed && v->count == v->capacity && nobody_waits(v); /* RECV */
}

static bool try_recv_row(const weft__chan_view *v, weft__op_kind a)
{
    switch (a) {
    case WEFT__OP_SEND:
        return !v->closed && v->count == 0 && nobody_waits(v);
    case WEFT__OP_TRY_SEND:
        return !v->closed && v->capacity > 0 && (v->count == 0 || v->count == v->capacity) &&
               nobody_waits(v);
    default: /* RECV, TRY_RECV */
        return has_value(v);
    }
}

static bool close_row(const weft__chan_view *v, weft__op_kind a)
{
    if (v->closed) {
        return false; /* whoever closes or sends panics */
    }
    switch (a) {
    case WEFT__OP_SEND: /* one that would park panics either way */
        return has_room(v);
    case WEFT__OP_RECV: /* it may save a sender from the panic */
        return v->sender != NULL;
    case WEFT__OP_TRY_RECV:
        return v->count == 0 || v->sender != NULL;
    default: /* TRY_SEND, CLOSE */
        return true;
    }
}

static bool len_row(const weft__chan_view *v, weft__op_kind a)
{
    if (v->of_timer) {
        return false; /* always 0 */
    }
    if (sends(a)) {
        return buffers(v);
    }
    return receives(a) && v->count > 0 && v->sender == NULL;
}

static bool drain_row(const weft__chan_view *v, weft__op_kind a)
{
    if (sends(a)) {
        return v->count > 0 || buffers(v);
    }
    return (receives(a) || a == WEFT__OP_TIMER_STOP) && v->count > 0;
}

bool weft__chan_row(const weft__chan_view *v, weft__op_kind a, weft__op_kind b)
{
    /* One select waits for both: who wakes it first decides. */
    if (v->sender != NULL && v->receiver != NULL && b <= WEFT__OP_CLOSE) {
        return true;
    }
    switch (b) {
    case WEFT__OP_SEND:
        return !v->closed;
    case WEFT__OP_RECV:
        return a == WEFT__OP_RECV && !(v->closed && v->count == 0);
    case WEFT__OP_TRY_SEND:
        return try_send_row(v, a);
    case WEFT__OP_TRY_RECV:
        return try_recv_row(v, a);
    case WEFT__OP_CLOSE:
        return close_row(v, a);
    case WEFT__OP_LEN:
        return len_row(v, a);
    case WEFT__OP_CONTEXT_ERR:
        return a == WEFT__OP_CLOSE && !v->closed;
    case WEFT__OP_TIMER_STOP:
    default:
        return drain_row(v, a);
    }
}

bool weft__chan_ready(const weft__chan_view *v, bool send)
{
    return v->closed || (send ? v->count < v->capacity || v->receiver_count > 0
                              : v->count > 0 || v->sender_count > 0);
}

static void add_send(weft__chan_view *v, bool parks)
{
    if (v->receiver_count > 0) {
        v->receiver_count--;
    } else if (v->count < v->capacity) {
        v->count++;
    } else if (parks) {
        v->sender_count++;
    }
}

static void add_recv(weft__chan_view *v, bool parks)
{
    if (v->sender_count > 0) {
        v->sender_count--;
    } else if (v->count > 0) {
        v->count--;
    } else if (parks) {
        v->receiver_count++;
    }
}

/* Afterwards, as far as weft__chan_ready looks at it. */
static weft__chan_view after(weft__chan_view v, weft__op_kind kind)
{
    if (sends(kind) && !v.closed) {
        add_send(&v, kind == WEFT__OP_SEND);
    } else if (receives(kind) && !(v.closed && v.count == 0)) {
        add_recv(&v, kind == WEFT__OP_RECV);
    } else if (kind == WEFT__OP_CLOSE) {
        v.closed = true;
    } else if (kind == WEFT__OP_TIMER_STOP) {
        v.count = 0;
    }
    return v;
}

bool weft__chan_sways(const weft__chan_view *v, weft__op_kind kind, bool send)
{
    const weft__chan_view then = after(*v, kind);
    return weft__chan_ready(v, send) != weft__chan_ready(&then, send);
}
