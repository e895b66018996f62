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
    trace->places[trace->count++] = (weft__place){
        .site = op->site, .address = op->object, .touch = (uint32_t)trace->touch_count};
    return event;
}

void weft__trace_clear(weft__trace *trace)
{
    trace->count = 0;
    trace->touch_count = 0;
    trace->link_count = 0;
}

void weft__trace_touch(weft__trace *trace, uint64_t object, weft__access access)
{
    if (trace->count == 0 || object == 0) {
        return;
    }
    if (trace->touch_count == trace->touch_capacity) {
        trace->touch_capacity = trace->touch_capacity == 0 ? 1024 : trace->touch_capacity * 2;
        trace->touches = weft__grow(trace->touches, trace->touch_capacity * sizeof *trace->touches);
    }
    trace->touches[trace->touch_count++] = (weft__touch){.object = object, .access = access};
}

void weft__trace_link(weft__trace *trace, weft__link link)
{
    if (trace->link_count == trace->link_capacity) {
        trace->link_capacity = trace->link_capacity == 0 ? 256 : trace->link_capacity * 2;
        trace->links = weft__grow(trace->links, trace->link_capacity * sizeof *trace->links);
    }
    link.at = (uint32_t)trace->count;
    trace->links[trace->link_count++] = link;
}
