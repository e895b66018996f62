/* trace.c: writing down what happens. See trace.h. */
#include "trace.h"

#include "memory.h"

weft__event *weft__trace_add(weft__trace *trace, uint32_t slot, const weft__op *op, uint64_t object)
{
    if (trace->count == trace->capacity) {
        trace->capacity = trace->capacity == 0 ? 1024 : trace->capacity * 2;
        trace->events = weft__grow(trace->events, trace->capacity * sizeof *trace->events);
        trace->places = weft__grow(trace->places, trace->capacity * sizeof *trace->places);
    }
    weft__event *const event = &trace->events[trace->count];
    *event = (weft__event){
        .object = object, .slot = slot, .kind = (uint16_t)op->kind, .value = (uint32_t)op->n};
    trace->places[trace->count++] = (weft__place){.site = op->site, .address = op->object};
    return event;
}
