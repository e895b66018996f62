/* events.c: what the operations of a run do, written down: the trace, and what the detectors and
 * the order of events learn from it. Where only the verdict of a run counts, none of this is called
 * but weft__run_parked. */
#include "run.h"

#include <chan.h>

#include "detect/livelock.h"
#include "order/observe.h"
#include "race/happens_before.h"
#include "race/watch.h"
#include "readiness.h"

static weft__run *const run = &weft__the_run;

static uint64_t name_object(weft__g *g, const weft__op *op)
{
    if (weft__op_is_of_variable(op->kind)) {
        return weft__name_of_address(g, op->object);
    }
    if (op->kind == WEFT__OP_SELECT || op->object == NULL) {
        return 0; /* the cases of a select follow as events of their own */
    }
    return weft__name_of_used(g, (weft__object *)(uintptr_t)op->object);
}

static void record_cases(const weft__task *task)
{
    const weft_case *const cases = task->op.object;
    for (uint64_t i = 0; i < task->op.n; i++) {
        if (cases[i].kind > WEFT_CASE_SEND || cases[i].chan == NULL) {
            continue;
        }
        const weft__object *const object = (const void *)cases[i].chan;
        const weft__op op = {
            .kind = cases[i].kind == WEFT_CASE_SEND ? WEFT__OP_SEND : WEFT__OP_RECV,
            .object = object,
            .n = i,
            .site = task->op.site,
        };
        weft__event *const event = weft__trace_add(&run->trace, task->slot, &op, object->name);
        event->seq = task->seq;
        event->flags = WEFT__EVENT_CASE;
        event->flags |= weft__case_looks_ready(&cases[i]) ? WEFT__EVENT_READY : 0;
        weft__observe_channel(cases[i].chan);
        weft__livelock_event(event);
    }
}

/* Looked, tried in vain, or took the default of a select. An update counts until it turns out to
 * have changed its variable: weft__observe_settled. */
static bool is_barren(const weft__event *first, const weft__event *end)
{
    const bool looks = weft__op_polls((weft__op_kind)first->kind) ||
                       first->kind == WEFT__OP_SELECT ||
                       weft__op_updates((weft__op_kind)first->kind);
    for (const weft__event *event = first; event < end; event++) {
        if ((event->flags & WEFT__EVENT_READY) != 0) {
            return false;
        }
    }
    return looks;
}

void weft__run_write_down(weft__g *g)
{
    const weft__task *const task = weft__task_of(g);
    if (run->leader != task) {
        run->barren = 0;
    }
    const uint64_t object = name_object(g, &task->op);
    const size_t at = run->trace.count;
    weft__event *const event = weft__trace_add(&run->trace, task->slot, &task->op, object);
    event->seq = task->seq;
    event->flags = weft__op_is_ready(&task->op) ? WEFT__EVENT_READY : 0;
    weft__livelock_event(event);
    if (task->op.kind == WEFT__OP_SELECT) {
        record_cases(task);
    }
    const weft__event *const end = run->trace.events + run->trace.count;
    run->barren = is_barren(run->trace.events + at, end) ? run->barren + 1 : 0;
    weft__observe_operation(g, &task->op, object);
    if (weft__the_watch.orders) {
        weft__hb_begin(task, at);
    }
}

void weft__run_settle_traced(bool parked)
{
    weft__observe_settled();
    if (weft__the_watch.orders) {
        weft__hb_settle(parked);
    }
}

/* The event of an operation whose cases or choices may follow it. */
static weft__event *own_event(void)
{
    const size_t i = weft__trace_last(&run->trace);
    return i == 0 ? NULL : &run->trace.events[i - 1];
}

void weft__run_parked(weft__g *g)
{
    const weft__task *const task = weft__task_of(g);
    weft__run_settle(true);
    weft__event *const event = own_event();
    if (event != NULL && event->slot == task->slot && event->seq == task->seq) {
        event->flags |= WEFT__EVENT_PARKED;
    }
    run->position = (weft__position){.actor = task->name, .seq = task->seq, .parked = 1};
}
