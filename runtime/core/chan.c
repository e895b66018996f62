/* chan.c: channels. See chan.h for the invariants, select.c for waiting on several.
 *
 * A transfer goes straight to a waiting peer where there is one: the sender writes into the parked
 * receiver's variable, the receiver reads from the parked sender's. The buffer is used only between
 * goroutines that do not wait. */
#include "chan.h"

#include <errno.h>
#include <string.h>

#include "timer.h"

static WEFT__ALWAYS_INLINE void copy(const weft_chan *ch, void *into, const void *from)
{
    if (into == NULL || from == NULL) {
        WEFT__CHECK(into == NULL || ch->elem_size == 0);
        return;
    }
    if (ch->elem_size == sizeof(uint64_t)) { /* the common sizes, inline */
        memcpy(into, from, sizeof(uint64_t));
    } else if (ch->elem_size == sizeof(uint32_t)) {
        memcpy(into, from, sizeof(uint32_t));
    } else {
        memcpy(into, from, ch->elem_size);
    }
}

static void zero(const weft_chan *ch, void *into)
{
    if (into != NULL) {
        memset(into, 0, ch->elem_size);
    }
}

static char *slot(weft_chan *ch, size_t index)
{
    return ch->buffer + (index < ch->capacity ? index : index - ch->capacity) * ch->elem_size;
}

static void buffer_put(weft_chan *ch, const void *value)
{
    copy(ch, slot(ch, ch->head + ch->count), value);
    weft__store_size_release(&ch->count, ch->count + 1);
}

static void buffer_take(weft_chan *ch, void *value)
{
    copy(ch, value, slot(ch, ch->head));
    ch->head = ch->head + 1 == ch->capacity ? 0 : ch->head + 1;
    weft__store_size_release(&ch->count, ch->count - 1);
}

weft_chan *weft_chan_make(size_t elem_size, size_t capacity)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(elem_size, capacity, &bytes) ||
        bytes > SIZE_MAX / 2 - sizeof(weft_chan)) {
        return NULL;
    }
    weft_chan *const ch = weft__alloc(sizeof *ch + bytes);
    if (ch == NULL) {
        return NULL;
    }
    ch->object.name = weft__name_object(weft__self());
    ch->elem_size = elem_size;
    ch->capacity = capacity;
    ch->references = 1;
    return ch;
}

weft_chan *weft_chan_retain(weft_chan *ch)
{
    if (ch != NULL) {
        weft__add_acq_rel(&ch->references, 1);
    }
    return ch;
}

void weft_chan_release(weft_chan *ch)
{
    if (ch == NULL || weft__sub_acq_rel(&ch->references, 1) != 0) {
        return;
    }
    if (!weft__waitq_empty(&ch->senders) || !weft__waitq_empty(&ch->receivers)) {
        weft__fatal_at(
            weft__self(), WEFT__SITE,
            "the last reference of a channel was released while a goroutine waits on it");
    }
    weft__free(ch, sizeof *ch + ch->elem_size * ch->capacity);
}

static WEFT__ALWAYS_INLINE weft__transfer send_now(weft_chan *ch, const void *value,
                                                   weft__waiter **ret_wake)
{
    *ret_wake = NULL;
    if (ch->closed) {
        return WEFT__TRANSFER_CLOSED;
    }
    weft__waiter *const receiver = weft__waitq_pop(&ch->receivers);
    if (receiver != NULL) {
        copy(ch, receiver->value, value);
        receiver->ok = true;
        *ret_wake = receiver;
        return WEFT__TRANSFER_DONE;
    }
    if (ch->count == ch->capacity) {
        return WEFT__TRANSFER_NONE;
    }
    buffer_put(ch, value);
    return WEFT__TRANSFER_DONE;
}

static WEFT__ALWAYS_INLINE weft__transfer recv_now(weft_chan *ch, void *value,
                                                   weft__waiter **ret_wake)
{
    *ret_wake = NULL;
    if (ch->count > 0) {
        buffer_take(ch, value);
        weft__waiter *const sender = weft__waitq_pop(&ch->senders);
        if (sender != NULL) {
            buffer_put(ch, sender->value);
            sender->ok = true;
            *ret_wake = sender;
        }
        return WEFT__TRANSFER_DONE;
    }
    if (ch->closed) {
        zero(ch, value);
        return WEFT__TRANSFER_CLOSED;
    }
    weft__waiter *const sender = weft__waitq_pop(&ch->senders);
    if (sender == NULL) {
        return WEFT__TRANSFER_NONE;
    }
    copy(ch, value, sender->value);
    sender->ok = true;
    *ret_wake = sender;
    return WEFT__TRANSFER_DONE;
}

weft__transfer weft__chan_send_now(weft_chan *ch, const void *value, weft__waiter **ret_wake)
{
    return send_now(ch, value, ret_wake);
}

weft__transfer weft__chan_recv_now(weft_chan *ch, void *value, weft__waiter **ret_wake)
{
    return recv_now(ch, value, ret_wake);
}

static void wake(weft__waiter *waiter)
{
    if (waiter != NULL) {
        weft__ready(waiter->g, WEFT__NEXT);
    }
}

static void unlock_chan(weft__g *g, void *ch)
{
    (void)g;
    weft__object_unlock(&((weft_chan *)ch)->object);
}

/* ch->object.lock is held; w->ok tells how it ended. */
static void park_on(weft__g *self, weft_chan *ch, weft__waitq *q, weft__waiter *w, weft__why why)
{
    w->g = self;
    weft__waitq_push(q, w);
    weft__park(self, unlock_chan, ch, why);
}

static _Noreturn void park_for_ever(weft__g *self, weft__why why)
{
    for (;;) {
        weft__park(self, NULL, NULL, why);
    }
}

_Noreturn void weft__panic_send_closed(weft__g *self, const void *site)
{
    weft__panic_at(self, site, "send on closed channel");
}

void weft_chan_send(weft_chan *ch, const void *value)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_SEND, .object = ch, .value = value, .site = WEFT__SITE);
    if (ch == NULL) {
        park_for_ever(self, WEFT__WHY_NULL_SEND);
    }
    weft__object_lock(&ch->object);
    weft__waiter *peer = NULL;
    const weft__transfer result = send_now(ch, value, &peer);
    if (result == WEFT__TRANSFER_NONE) {
        weft__waiter w = {.value = (void *)(uintptr_t)value};
        park_on(self, ch, &ch->senders, &w, WEFT__WHY_SEND);
        if (!w.ok) {
            weft__panic_send_closed(self, WEFT__SITE);
        }
        return;
    }
    weft__object_unlock(&ch->object);
    if (result == WEFT__TRANSFER_CLOSED) {
        weft__panic_send_closed(self, WEFT__SITE);
    }
    wake(peer);
}

bool weft_chan_recv(weft_chan *ch, void *value)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_RECV, .object = ch, .value = value, .site = WEFT__SITE);
    if (ch == NULL) {
        park_for_ever(self, WEFT__WHY_NULL_RECV);
    }
    weft__object_lock(&ch->object);
    weft__after *const after = ch->after;
    weft__waiter *peer = NULL;
    const weft__transfer result = recv_now(ch, value, &peer);
    bool received = result == WEFT__TRANSFER_DONE;
    if (result == WEFT__TRANSFER_NONE) {
        weft__waiter w = {.value = value};
        park_on(self, ch, &ch->receivers, &w, WEFT__WHY_RECV);
        received = w.ok;
    } else {
        weft__object_unlock(&ch->object);
        wake(peer);
    }
    if (received) {
        weft__after_received(after);
    }
    return received;
}

int weft_chan_try_send(weft_chan *ch, const void *value)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_TRY_SEND, .object = ch, .value = value, .site = WEFT__SITE);
    if (ch == NULL || weft__chan_seen_idle(ch, true)) {
        return -EAGAIN;
    }
    weft__object_lock(&ch->object);
    weft__waiter *peer = NULL;
    const weft__transfer result = weft__chan_send_now(ch, value, &peer);
    weft__object_unlock(&ch->object);
    if (result == WEFT__TRANSFER_CLOSED) {
        weft__panic_send_closed(self, WEFT__SITE);
    }
    wake(peer);
    return result == WEFT__TRANSFER_NONE ? -EAGAIN : 0;
}

int weft_chan_try_recv(weft_chan *ch, void *value)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_TRY_RECV, .object = ch, .value = value, .site = WEFT__SITE);
    if (ch == NULL || weft__chan_seen_idle(ch, false)) {
        return -EAGAIN;
    }
    weft__object_lock(&ch->object);
    weft__after *const after = ch->after;
    weft__waiter *peer = NULL;
    const weft__transfer result = weft__chan_recv_now(ch, value, &peer);
    weft__object_unlock(&ch->object);
    wake(peer);
    switch (result) {
    case WEFT__TRANSFER_NONE:
        return -EAGAIN;
    case WEFT__TRANSFER_CLOSED:
        return -EPIPE;
    case WEFT__TRANSFER_DONE:
    default:
        weft__after_received(after);
        return 0;
    }
}

/* Take all waiters out, as closed. The lock is held. */
static weft__waiter *close_waiters(weft_chan *ch, weft__waitq *q, weft__waiter *list)
{
    weft__waiter **link = &list;
    while (*link != NULL) {
        link = &(*link)->next;
    }
    for (weft__waiter *w = weft__waitq_pop(q); w != NULL; w = weft__waitq_pop(q)) {
        if (q == &ch->receivers) {
            zero(ch, w->value);
        }
        w->ok = false;
        w->next = NULL;
        *link = w;
        link = &w->next;
    }
    return list;
}

void weft__chan_close(weft_chan *ch, const void *site)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_CLOSE, .object = ch, .site = site);
    if (ch == NULL) {
        weft__panic_at(self, site, "close of NULL channel");
    }
    weft__object_lock(&ch->object);
    if (ch->closed) {
        weft__object_unlock(&ch->object);
        weft__panic_at(self, site, "close of closed channel");
    }
    weft__store_bool_release(&ch->closed, true);
    weft__waiter *list = close_waiters(ch, &ch->receivers, NULL);
    list = close_waiters(ch, &ch->senders, list);
    weft__object_unlock(&ch->object);
    weft__waiters_ready(list);
}

void weft_chan_close(weft_chan *ch)
{
    weft__chan_close(ch, WEFT__SITE);
}

size_t weft_chan_len(const weft_chan *ch)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_LEN, .object = ch, .site = WEFT__SITE);
    if (ch == NULL || ch->of_timer) {
        return 0;
    }
    weft_chan *const mutable = (weft_chan *)(uintptr_t)ch; /* for its lock */
    weft__object_lock(&mutable->object);
    const size_t count = ch->count;
    weft__object_unlock(&mutable->object);
    return count;
}

size_t weft_chan_cap(const weft_chan *ch)
{
    return ch == NULL || ch->of_timer ? 0 : ch->capacity;
}

bool weft__chan_closed(weft_chan *ch)
{
    weft__object_lock(&ch->object);
    const bool closed = ch->closed;
    weft__object_unlock(&ch->object);
    return closed;
}

void weft__chan_offer(weft_chan *ch, const void *value)
{
    weft__object_lock(&ch->object);
    weft__waiter *peer = NULL;
    (void)weft__chan_send_now(ch, value, &peer);
    weft__object_unlock(&ch->object);
    if (peer != NULL) {
        weft__ready(peer->g, WEFT__TAIL);
    }
}

bool weft__chan_drain(weft_chan *ch)
{
    weft__object_lock(&ch->object);
    const bool any = ch->count > 0;
    weft__store_size_release(&ch->count, 0);
    weft__object_unlock(&ch->object);
    return any;
}
