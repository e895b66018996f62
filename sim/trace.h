/* trace.h: what happened in a run.
 *
 * INVARIANTS
 *   - An event is written when its operation starts to take effect; PARKED is added if it parks.
 *   - Events hold names only, and no padding: their bytes are the run's trace hash. Addresses,
 *   which
 *     differ from process to process, stand beside them in `places`. */
#ifndef WEFT_SIM_TRACE_H
#define WEFT_SIM_TRACE_H

#include "hash.h"
#include "order/touch.h"
#include "task.h"

enum {
    WEFT__EVENT_PARKED = 1, /* the goroutine waits */
    WEFT__EVENT_CASE = 2,   /* belongs to the select before it: one of its channels */
    WEFT__EVENT_CHOICE = 4, /* belongs to the operation before it: `value` was chosen freely */
    WEFT__EVENT_READY = 8,  /* sending, receiving, trying, or a CASE: it could complete at once */
    WEFT__EVENT_PART = WEFT__EVENT_CASE | WEFT__EVENT_CHOICE, /* not an operation of its own */
};

typedef struct weft__event {
    uint64_t object; /* as in weft__object; 0: none */
    uint32_t slot;
    uint32_t seq;
    uint16_t kind; /* weft__op_kind */
    uint16_t flags;
    uint32_t value; /* CASE: index of the case; CHOICE: the choice; WG_ADD: low bits of the delta */
    uint32_t woke;  /* slot + 1 of the first goroutine that it made ready; 0: none */
    uint32_t arity; /* CHOICE: of how many */
} weft__event;

_Static_assert(sizeof(weft__event) == 32, "no padding");

typedef struct weft__place {
    const void *site;    /* return address of the public call */
    const void *address; /* of the object */
    uint32_t touch;      /* its touches start here */
    union {
        uint32_t capacity;   /* of the channel, if it is one */
        uint32_t impossible; /* of a CHOICE: bit n: number n could not be chosen */
    };
} weft__place;

/* What makes an event possible that is not on the same object. */
typedef enum weft__link_kind {
    WEFT__LINK_SPAWN,  /* `to` was started */
    WEFT__LINK_WAKE,   /* `to` was made ready */
    WEFT__LINK_ARM,    /* timer `to` will fire */
    WEFT__LINK_DISARM, /* timer `to` will not */
} weft__link_kind;

typedef struct weft__link {
    weft__link_kind kind;
    uint32_t at;   /* events so far */
    uint32_t from; /* slot; WEFT__TIMER_SLOT: the last event, a timer that fired */
    uint32_t to;   /* slot; timers: 0 */
    uint64_t timer;
    int64_t deadline_ns; /* of ARM */
} weft__link;

typedef struct weft__trace {
    weft__event *events;
    weft__place *places;
    size_t count;
    size_t capacity;
    weft__touch *touches;
    size_t touch_count;
    size_t touch_capacity;
    weft__link *links;
    size_t link_count;
    size_t link_capacity;
} weft__trace;

void weft__trace_clear(weft__trace *trace);

/* The last operation touches this. Nothing if there is none. */
void weft__trace_touch(weft__trace *trace, uint64_t object, weft__access access);

/* The event after that operation `i` and its parts. */
static inline size_t weft__trace_next(const weft__trace *trace, size_t i)
{
    do {
        i++;
    } while (i < trace->count && (trace->events[i].flags & WEFT__EVENT_PART) != 0);
    return i;
}

/* The last operation, from 1, which parts may follow; 0: there is none. */
static inline size_t weft__trace_last(const weft__trace *trace)
{
    size_t i = trace->count;
    while (i > 0 && (trace->events[i - 1].flags & WEFT__EVENT_PART) != 0) {
        i--;
    }
    return i;
}

/* Where the touches of operation `i` end. */
static inline size_t weft__trace_touches_end(const weft__trace *trace, size_t i)
{
    const size_t next = weft__trace_next(trace, i);
    return next == trace->count ? trace->touch_count : trace->places[next].touch;
}

void weft__trace_link(weft__trace *trace, weft__link link);

/* Add an event; the caller fills in what is not given. Ends the process when there is no memory. */
weft__event *weft__trace_add(weft__trace *trace, uint32_t slot, const weft__op *op,
                             uint64_t object);

static inline weft__hash128 weft__trace_hash(const weft__trace *trace)
{
    return weft__hash_bytes(trace->events, trace->count * sizeof *trace->events);
}

#endif
