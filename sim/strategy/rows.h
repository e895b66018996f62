/* rows.h: whether two operations on one object conflict in its present state, kind of object by
 * kind of object. dependence.c puts them together.
 *
 * The kinds are given in the order of weft__op_kind: a.kind <= b.kind. */
#ifndef WEFT_SIM_ROWS_H
#define WEFT_SIM_ROWS_H

#include <chan.h>
#include <op.h>
#include <timer.h>

/* chan_row.c */

/* What matters of a channel. Waiters that others have claimed count as gone. */
typedef struct weft__chan_view {
    bool closed;
    bool of_timer;
    size_t count;
    size_t capacity;
    const weft__waiter *sender; /* the first */
    const weft__waiter *receiver;
    unsigned sender_count; /* goroutines; 2: or more */
    unsigned receiver_count;
} weft__chan_view;

weft__chan_view weft__chan_look(const weft_chan *ch);

/* SEND to LEN, CONTEXT_ERR (on the context's channel), and TIMER_STOP, which drains. */
bool weft__chan_row(const weft__chan_view *v, weft__op_kind a, weft__op_kind b);

/* Whether a send, or receive, in a select is ready; and whether that changes with `kind`. */
bool weft__chan_ready(const weft__chan_view *v, bool send);
bool weft__chan_sways(const weft__chan_view *v, weft__op_kind kind, bool send);

/* sync_row.c: mutexes to semaphores; the objects are the same. */
bool weft__sync_row(const weft__op *a, const weft__op *b);

/* Whether an operation on a semaphore conflicts with the deadline of one that waits for it. */
bool weft__sema_quits(const weft__waiter *quitter, const weft__op *op);

bool weft__sema_waits(const weft__op *acquire); /* rather than takes its units at once */

#endif
