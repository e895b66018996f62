/* clocks.h: the happens-before order of the last run, as vector clocks.
 *
 * A step is one operation of the trace; its actor a goroutine or a timer. Step i is before step j
 * when every equivalent run has them in this order. Its causes are those of them that do not rest
 * on a conflict that could have gone the other way: earlier steps of its actor, what started it,
 * what made it ready, the send whose value it has received, and so on. Such an edge leads to the
 * actor's next step rather than to the one that was matched, whichever of the two arrived first:
 * thus "send, then receive" and "receive waits, then send" have equal clocks. */
#ifndef WEFT_SIM_CLOCKS_H
#define WEFT_SIM_CLOCKS_H

#include "../run.h"

typedef struct weft__step {
    uint32_t event; /* its index in the trace */
    uint32_t actor;
    uint32_t number; /* it is so manieth of its actor, from 1 */
    uint32_t touch;  /* its touches: from here */
    uint32_t touch_end;
    uint32_t from; /* the step, from 1, whose value it has received or whose closing it has met; 0:
                      it received nothing */
} weft__step;

typedef struct weft__order {
    weft__step *steps;
    uint32_t count;
    uint32_t actor_count; /* goroutines by slot, then timers */
    uint32_t *before;     /* count rows of actor_count: how many of each actor's steps are before */
    uint32_t *past;       /* by actor, likewise: what is before the point where it was at the end */
    uint64_t *timer_names;
    bool partial; /* there are orders of timers that no race tells of */
} weft__order;

/* Steps i and j are in a race: j could have come before i, and nothing lies between them that
 * orders them. */
typedef void weft__race_fn(void *context, const weft__order *order, uint32_t i, uint32_t j);

/* The order of the last run; valid until the next call. NULL: the run was too large for clocks,
 * with more than 2^24 steps times actors. `race` is called for each race whose later step is `from`
 * or after it. */
const weft__order *weft__order_of_run(uint32_t from, weft__race_fn *race, void *context);

/* The same, but of causes only, and without locks: two steps are ordered when one is the reason
 * that the other could take place at all, and not because they conflict or because a lock was free
 * by then. What it leaves unordered could often be the other way round, but need not. */
const weft__order *weft__causes_of_run(void);

/* A clock of actor_count numbers is moved on to what is before either. */
static inline void weft__clock_join(uint32_t *into, const uint32_t *from, uint32_t actor_count)
{
    for (uint32_t i = 0; i < actor_count; i++) {
        into[i] = into[i] > from[i] ? into[i] : from[i];
    }
}

static inline bool weft__step_before(const weft__order *order, uint32_t i, uint32_t j)
{
    const weft__step *const step = &order->steps[i];
    return order->before[(size_t)j * order->actor_count + step->actor] >= step->number;
}

/* Whether step i is before what the actor did last, be it on its way to its next step. */
static inline bool weft__step_in_past(const weft__order *order, uint32_t i, uint32_t actor)
{
    const weft__step *const step = &order->steps[i];
    return order->past[(size_t)actor * order->actor_count + step->actor] >= step->number;
}

/* Whether two steps of different actors depend on each other. */
bool weft__steps_conflict(const weft__step *a, const weft__step *b);

#endif
