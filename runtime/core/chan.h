/* chan.h: the inside of a channel, shared by chan.c, select.c and timer.c.
 *
 * INVARIANTS (under object.lock)
 *   - At least one of `senders` and `receivers` holds no waiter that could still be claimed.
 *   - count > 0 implies no claimable receiver; count < capacity implies no claimable sender.
 *   - A closed channel has no claimable waiter at all. */
#ifndef WEFT_CORE_CHAN_H
#define WEFT_CORE_CHAN_H

#include "g.h"
#include "waitq.h"

typedef struct weft__after weft__after;

struct weft_chan {
    weft__object object;
    size_t elem_size;
    size_t capacity;
    size_t count; /* buffered values */
    size_t head;  /* index of the oldest */
    uint32_t references;
    bool closed;
    bool of_timer;      /* looks unbuffered from outside, as in Go 1.23 */
    weft__after *after; /* of a weft_after: freed when its one value has been received */
    weft__waitq senders;
    weft__waitq receivers;
    char buffer[]; /* capacity * elem_size bytes */
};

typedef enum weft__transfer {
    WEFT__TRANSFER_NONE, /* it would park */
    WEFT__TRANSFER_DONE,
    WEFT__TRANSFER_CLOSED, /* send: panic; receive: closed and drained, value zeroed */
} weft__transfer;

/* Send or receive now if that is possible. ch->object.lock is held. *ret_wake is the peer to make
 * ready after the lock is dropped, or NULL. */
weft__transfer weft__chan_send_now(weft_chan *ch, const void *value, weft__waiter **ret_wake);
weft__transfer weft__chan_recv_now(weft_chan *ch, void *value, weft__waiter **ret_wake);

/* timer.c: the value of a weft_after was received: its channel is no longer touched after this. No
 * lock of the core is held. NULL is ignored.
 *
 * Receivers read ch->after before they park or drop the lock: a woken goroutine does not touch the
 * channel, so that who woke it may release it at once. */
void weft__after_received(weft__after *after);

/* Put a value in, as a timer does: to a receiver, or to the buffer, or nowhere. */
void weft__chan_offer(weft_chan *ch, const void *value);

/* Throw away what is buffered; returns whether anything was. */
bool weft__chan_drain(weft_chan *ch);

bool weft__chan_closed(weft_chan *ch);

/* weft_chan_close, on behalf of the public call that returns to `site`; NULL: of none. */
void weft__chan_close(weft_chan *ch, const void *site);

_Noreturn void weft__panic_send_closed(weft__g *self, const void *site);

/* Without the lock: whether there was a moment during the call at which the operation would have
 * had to wait. First is looked whether there is room, or a value, or a peer: each is one word,
 * since peers wait at a buffered channel only while the count says so too. Then whether it is
 * closed: if it is not yet, it was not at the moment of the first look either. What is looked at is
 * released by whoever writes it: who sees a queue or a buffer as a close, or anybody after it, has
 * left it sees the close as well. Go does the same (chan.go: empty, full, chanrecv). */
static inline bool weft__chan_seen_idle(const weft_chan *ch, bool send)
{
    const size_t edge = send ? ch->capacity : 0;
    const bool idle = ch->capacity == 0
                          ? weft__waitq_seen_empty(send ? &ch->receivers : &ch->senders)
                          : weft__load_size_acquire(&ch->count) == edge;
    return idle && !weft__load_bool_acquire(&ch->closed);
}

/* Whether a send or receive case could be executed now. Its waiters may turn out to be claimed by
 * others; then it could not. The channel's lock is held. */
static inline bool weft__case_looks_ready(const weft_case *one)
{
    const weft_chan *const ch = one->chan;
    if (one->kind == WEFT_CASE_SEND) {
        return ch->closed || ch->count < ch->capacity || !weft__waitq_empty(&ch->receivers);
    }
    return ch->closed || ch->count > 0 || !weft__waitq_empty(&ch->senders);
}

#endif
