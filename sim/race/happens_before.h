/* happens_before.h: the happens-before order of a run while it takes place, by the Go memory model.
 *
 * One vector clock for each goroutine. An operation is looked at when it has been carried out, when
 * its goroutine goes on to the next access or announces, parks or ends: by then the trace tells
 * what came of it. Edges:
 *
 *   go statement              what the creator did before it
 *   send, receive             by slot of the buffer: the k-th send before the k-th receive, that
 *                             before the (k+C)-th send; without a buffer both ways
 *   close                     before a receive that it lets return
 *   unlock, lock              of mutexes; of rwmutexes: read unlocks before later write locks only
 *   cond                      signal before the wait that it ends
 *   wait group                done before a wait that returns
 *   once                      its end before every return
 *   semaphore                 release before a later acquire
 *   context                   cancel before err tells of it; done is a channel
 *   timer                     arming before firing; what firing starts or sends is after it
 *   atomics, UPDATE           race/atomics.c, by their order
 *   being made ready          what the goroutine did that does it
 *
 * The end of a goroutine is before nothing, and neither are yielding, sleeping and asking. The
 * first edge of a wait that a signal ends early is joined a step too soon (while the waiter gives
 * back its lock): a race that only this tells apart from none is missed. */
#ifndef WEFT_SIM_HAPPENS_BEFORE_H
#define WEFT_SIM_HAPPENS_BEFORE_H

#include "../run.h"
#include "vector.h"

/* A new run. Returns how far any clock has come in the last one. */
uint32_t weft__hb_reset(void);

/* A goroutine is born; it or a timer is made ready; `from` may be a timer that fires, which is
 * WEFT__TIMER_SLOT. */
void weft__hb_spawn(uint32_t from, uint32_t slot);
void weft__hb_wake(uint32_t from, const weft__task *woken);

/* A timer is armed; it is about to fire, perhaps into its channel. */
void weft__hb_arm(uint32_t from, const weft__timer *timer);
void weft__hb_fire(const weft__timer *timer);

/* The operation of this goroutine takes effect: it is event `event` of the trace. */
void weft__hb_begin(const weft__task *task, size_t event);
/* It reads, or writes, this memory of the program's; called in the middle of it. */
void weft__hb_buffer(const void *address, size_t size, bool writes);
/* It has, or the goroutine waits. Nothing if that is known already. */
void weft__hb_settle(bool parked);

/* What the goroutine knows: the numbers of the last releases, its own among them. */
const weft__vector *weft__hb_clock(uint32_t slot);

/* For atomics: what is released at a location; and the two sides of it. */
weft__vector *weft__hb_location(const volatile void *address);
void weft__hb_acquire(uint32_t slot, const weft__vector *from);
void weft__hb_release(uint32_t slot, weft__vector *into);

#endif
