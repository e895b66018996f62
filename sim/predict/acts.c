/* acts.c: see acts.h. */
#include "acts.h"

#include "../addresses.h"
#include "../memory.h"

enum { ACTS_MAX = 1 << 16 };

static struct {
    weft__act *list;
    uint32_t count;
    uint32_t capacity;
    weft__addresses counts; /* by class: acts so far */
} acts WEFT_KEEP;

static bool matters(uint32_t kind)
{
    switch (kind) {
    case WEFT__OP_SEND:
    case WEFT__OP_RECV:
    case WEFT__OP_TRY_SEND:
    case WEFT__OP_TRY_RECV:
    case WEFT__OP_CLOSE:
    case WEFT__OP_LOCK:
    case WEFT__OP_UNLOCK:
    case WEFT__OP_RLOCK:
    case WEFT__OP_RUNLOCK:
    case WEFT__OP_WLOCK:
    case WEFT__OP_WUNLOCK:
    case WEFT__OP_COND_WAIT:
    case WEFT__OP_SIGNAL:
    case WEFT__OP_BROADCAST:
    case WEFT__OP_WG_ADD:
    case WEFT__OP_WG_WAIT:
        return true;
    default:
        return false;
    }
}

static uint32_t next_number(uint32_t slot, weft__touch_key key)
{
    const uint64_t goroutine = weft__the_run.members[slot].name;
    const uint64_t class = weft__mix(weft__mix(goroutine, key.object), key.kind);
    return (uint32_t)++ * weft__addresses_at(&acts.counts, (const void *)(uintptr_t) class);
}

static void add(uint32_t step, size_t event, bool of_several)
{
    const weft__trace *const trace = &weft__the_run.trace;
    const weft__event *const e = &trace->events[event];
    if (e->object == 0) {
        return; /* a NULL channel */
    }
    if (acts.count == acts.capacity) {
        acts.capacity = acts.capacity == 0 ? 256 : acts.capacity * 2;
        acts.list = weft__grow(acts.list, acts.capacity * sizeof *acts.list);
    }
    const weft__touch_key key = weft__key_of_event(trace, event, of_several);
    acts.list[acts.count++] = (weft__act){
        .step = step,
        .slot = e->slot,
        .kind = key.kind,
        .number = next_number(e->slot, key),
        .delta = (int32_t)e->value,
        .object = e->object,
        .key = key.object,
        .of_select = (e->flags & WEFT__EVENT_CASE) != 0,
    };
}

static void add_cases(uint32_t step, size_t select)
{
    const weft__trace *const trace = &weft__the_run.trace;
    const size_t end = weft__trace_next(trace, select);
    for (size_t i = select + 1; i < end; i++) {
        if ((trace->events[i].flags & WEFT__EVENT_CASE) != 0) {
            add(step, i, trace->events[select].value > 1);
        }
    }
}

bool weft__acts_of_run(weft__acts *ret_acts)
{
    const weft__trace *const trace = &weft__the_run.trace;
    const weft__order *const order = trace->count > ACTS_MAX ? NULL : weft__causes_of_run();
    acts.count = 0;
    weft__addresses_reset(&acts.counts);
    for (uint32_t step = 0; order != NULL && step < order->count; step++) {
        const uint32_t event = order->steps[step].event;
        if (trace->events[event].kind == WEFT__OP_SELECT) {
            add_cases(step, event);
        } else if (matters(trace->events[event].kind)) {
            add(step, event, false);
        }
    }
    *ret_acts = (weft__acts){.order = order, .list = acts.list, .count = acts.count};
    return order != NULL;
}

weft__moment weft__moment_of_act(const weft__act *act)
{
    return (weft__moment){.class = {.goroutine = weft__the_run.members[act->slot].name,
                                    .object = act->key,
                                    .kind = act->kind},
                          .number = act->number};
}

weft__constraint weft__act_before(const weft__acts *a, uint32_t i, uint32_t k)
{
    return (weft__constraint){.before = weft__moment_of_act(&a->list[i]),
                              .after = weft__moment_of_act(&a->list[k])};
}
