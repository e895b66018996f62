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
#include "task.h"

enum {
    WEFT__EVENT_PARKED = 1, /* the goroutine waits */
    WEFT__EVENT_CASE = 2,   /* belongs to the select before it: one of its channels */
    WEFT__EVENT_CHOICE = 4, /* belongs to the operation before it: `value` was chosen freely */
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
} weft__place;

typedef struct weft__trace {
    weft__event *events;
    weft__place *places;
    size_t count;
    size_t capacity;
} weft__trace;

/* Add an event; the caller fills in what is not given. Ends the process when there is no memory. */
weft__event *weft__trace_add(weft__trace *trace, uint32_t slot, const weft__op *op,
                             uint64_t object);

static inline weft__hash128 weft__trace_hash(const weft__trace *trace)
{
    return weft__hash_bytes(trace->events, trace->count * sizeof *trace->events);
}

#endif
