/* outline.c: see outline.h. While the run takes place, a strategy's event function notes what each
 * operation touches, in terms that hold for every run; the rest is read off the trace. */
#include "outline.h"

#include <stdlib.h>

#include "../memory.h"
#include "../order/clocks.h"
#include "../schedule/replay.h"

enum { RACES_MAX = 4096 };

/* The keys of one operation, noted when it took effect. */
typedef struct weft__note {
    uint32_t event;
    uint32_t key;
    uint32_t count;
} weft__note;

static struct {
    weft__outline *outline;
    weft__note *notes;
    size_t count;
    size_t capacity;
} notes WEFT_KEEP;

static void add_key(weft__outline *outline, weft__touch_key key)
{
    if (outline->key_count == outline->key_capacity) {
        outline->key_capacity = outline->key_capacity == 0 ? 256 : outline->key_capacity * 2;
        outline->keys = weft__grow(outline->keys, outline->key_capacity * sizeof *outline->keys);
    }
    outline->keys[outline->key_count++] = key;
}

static void note(weft__strategy *self, const weft__task *task)
{
    (void)self;
    weft__touch_key keys[WEFT__TOUCHES_MAX];
    const size_t event = weft__trace_last(&weft__the_run.trace) - 1;
    if (notes.count == notes.capacity) {
        notes.capacity = notes.capacity == 0 ? 256 : notes.capacity * 2;
        notes.notes = weft__grow(notes.notes, notes.capacity * sizeof *notes.notes);
    }
    const uint32_t count = weft__touches(task, keys);
    notes.notes[notes.count++] = (weft__note){
        .event = (uint32_t)event, .key = (uint32_t)notes.outline->key_count, .count = count};
    for (uint32_t i = 0; i < count; i++) {
        add_key(notes.outline, keys[i]);
    }
}

/* ---- What came of an operation ---- */

static uint32_t last_step(const weft__order *order, uint32_t slot, uint32_t before_event)
{
    const weft__event *const events = weft__the_run.trace.events;
    for (uint32_t i = order->count; i-- > 0;) {
        if (order->steps[i].event < before_event && events[order->steps[i].event].slot == slot) {
            return i + 1;
        }
    }
    return 0;
}

/* The step, from 1, that made the goroutine ready which waited in that event; 0: none did. */
static uint32_t waker(const weft__order *order, uint32_t event)
{
    const weft__trace *const trace = &weft__the_run.trace;
    for (size_t i = 0; i < trace->link_count; i++) {
        const weft__link *const link = &trace->links[i];
        if (link->kind == WEFT__LINK_WAKE && link->at > event &&
            link->to == trace->events[event].slot) {
            return last_step(order, link->from, link->at);
        }
    }
    return 0;
}

/* Whether an operation of kind `b` on the same object, which is over, is what one of kind `a` gets
 * its value or its turn from. */
static bool gives_way(uint16_t b, uint16_t a)
{
    switch (a) {
    case WEFT__OP_READ:
    case WEFT__OP_UPDATE:
    case WEFT__OP_POINT:
    case WEFT__OP_LOAD:
    case WEFT__OP_MODIFY:
        return weft__op_is_of_variable((weft__op_kind)b) && !weft__op_reads((weft__op_kind)b);
    case WEFT__OP_LOCK:
    case WEFT__OP_TRY_LOCK:
        return b == WEFT__OP_UNLOCK;
    case WEFT__OP_RLOCK:
    case WEFT__OP_TRY_RLOCK:
        return b == WEFT__OP_WUNLOCK;
    case WEFT__OP_WLOCK:
    case WEFT__OP_TRY_WLOCK:
        return b == WEFT__OP_WUNLOCK || b == WEFT__OP_RUNLOCK;
    case WEFT__OP_ONCE:
        return b == WEFT__OP_ONCE_END;
    case WEFT__OP_ACQUIRE:
    case WEFT__OP_TRY_ACQUIRE:
        return b == WEFT__OP_RELEASE;
    case WEFT__OP_CONTEXT_ERR:
        return b == WEFT__OP_CANCEL;
    default:
        return false;
    }
}

static uint32_t source_of(const weft__order *order, uint32_t step)
{
    const weft__event *const events = weft__the_run.trace.events;
    const weft__event *const event = &events[order->steps[step].event];
    if ((event->flags & WEFT__EVENT_PARKED) != 0) {
        return waker(order, order->steps[step].event);
    }
    if (order->steps[step].from != 0 || event->object == 0) {
        return order->steps[step].from;
    }
    for (uint32_t i = step; i-- > 0;) {
        const weft__event *const earlier = &events[order->steps[i].event];
        if (earlier->object == event->object && gives_way(earlier->kind, event->kind)) {
            return i + 1;
        }
    }
    return 0;
}

/* Of a select that did not wait: the only case that was ready, or the one that was chosen; of
 * others: what was chosen. */
static uint32_t chosen_by(uint32_t first)
{
    const weft__trace *const trace = &weft__the_run.trace;
    const size_t end = weft__trace_next(trace, first);
    const weft__event *choice = NULL;
    for (size_t i = first + 1; i < end; i++) {
        choice = (trace->events[i].flags & WEFT__EVENT_CHOICE) != 0 ? &trace->events[i] : choice;
    }
    if (trace->events[first].kind != WEFT__OP_SELECT) {
        return choice == NULL ? 0 : choice->value + 1;
    }
    uint32_t skip = choice == NULL ? 0 : choice->value;
    for (size_t i = first + 1; i < end; i++) {
        if ((trace->events[i].flags & (WEFT__EVENT_CASE | WEFT__EVENT_READY)) ==
                (WEFT__EVENT_CASE | WEFT__EVENT_READY) &&
            skip-- == 0) {
            return trace->events[i].value + 1;
        }
    }
    return 0;
}

/* ---- The outline ---- */

static uint32_t fires_before(const weft__order *order, uint32_t step)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < step; i++) {
        count += order->steps[i].actor == order->steps[step].actor ? 1 : 0;
    }
    return count;
}

static weft__deed deed_of(const weft__order *order, uint32_t step)
{
    const weft__trace *const trace = &weft__the_run.trace;
    const uint32_t event = order->steps[step].event;
    const weft__event *const e = &trace->events[event];
    const bool timer = e->slot == WEFT__TIMER_SLOT;
    weft__deed deed = {
        .goroutine = timer ? weft__name_of_object(e->object) : weft__the_run.members[e->slot].name,
        .seq = timer ? fires_before(order, step) : e->seq,
        .slot = e->slot,
        .event = event,
        .kind = e->kind,
        .waited = (e->flags & WEFT__EVENT_PARKED) != 0,
        .ready = (e->flags & WEFT__EVENT_READY) != 0,
        .site = trace->places[event].site,
        .source = source_of(order, step),
    };
    deed.for_ever = deed.waited && deed.source == 0;
    deed.chosen = deed.waited ? 0 : chosen_by(event);
    return deed;
}

static void add_race(void *context, const weft__order *order, uint32_t i, uint32_t j)
{
    (void)order;
    weft__outline *const outline = context;
    if (outline->race_count == RACES_MAX) {
        return;
    }
    if (outline->race_count == outline->race_capacity) {
        outline->race_capacity = outline->race_capacity == 0 ? 64 : outline->race_capacity * 2;
        outline->races =
            weft__grow(outline->races, outline->race_capacity * sizeof *outline->races);
    }
    outline->races[outline->race_count++] = (weft__reversible){.first = i, .second = j};
}

static bool read_trace(weft__outline *outline, uint32_t deeds_max)
{
    if (weft__the_run.steps > deeds_max) {
        return false;
    }
    const weft__order *const order = weft__order_of_run(0, add_race, outline);
    if (order == NULL) {
        return false;
    }
    outline->deeds = weft__grow(outline->deeds, (order->count + 1) * sizeof *outline->deeds);
    size_t next = 0;
    for (uint32_t i = 0; i < order->count; i++) {
        outline->deeds[i] = deed_of(order, i);
        while (next < notes.count && notes.notes[next].event < outline->deeds[i].event) {
            next++;
        }
        if (next < notes.count && notes.notes[next].event == outline->deeds[i].event) {
            outline->deeds[i].key = notes.notes[next].key;
            outline->deeds[i].key_count = notes.notes[next].count;
        }
    }
    const weft_finding_kind kind = weft__the_run.outcome.kind;
    outline->count = order->count;
    outline->event_count = weft__the_run.trace.count;
    outline->cut_short = kind != WEFT_FOUND_NOTHING && kind != WEFT_FOUND_DEADLOCK &&
                         kind != WEFT_FOUND_LEAK;
    return true;
}

bool weft__outline_make(weft__outline *outline, const weft__decisions *decisions,
                        const weft__plan *plan, uint32_t deeds_max)
{
    weft__replayer replayer;
    outline->count = 0;
    outline->key_count = 0;
    outline->race_count = 0;
    notes.outline = outline;
    notes.count = 0;
    weft__replayer_init(&replayer, decisions);
    replayer.strategy.event = note;
    weft__replay(&replayer, plan);
    weft__replayer_clear(&replayer);
    return read_trace(outline, deeds_max);
}

void weft__outline_clear(weft__outline *outline)
{
    free(outline->deeds);
    free(outline->keys);
    free(outline->races);
    *outline = (weft__outline){0};
}

uint32_t weft__outline_find(const weft__outline *outline, const weft__deed *deed, uint32_t hint)
{
    for (uint32_t k = 0; k < outline->count; k++) {
        const uint32_t i = (hint + k) % outline->count;
        if (outline->deeds[i].goroutine == deed->goroutine && outline->deeds[i].seq == deed->seq) {
            return i + 1;
        }
    }
    return 0;
}

bool weft__deed_touches(const weft__outline *outline, const weft__deed *deed, weft__touch_key key)
{
    for (uint32_t i = 0; i < deed->key_count; i++) {
        const weft__touch_key *const one = &outline->keys[deed->key + i];
        if (one->object == key.object && one->kind == key.kind) {
            return true;
        }
    }
    return false;
}

uint32_t weft__facet_number(const weft__facet *facet, uint32_t *ret_total)
{
    const weft__outline *const outline = facet->outline;
    uint32_t number = 0;
    *ret_total = 0;
    for (uint32_t i = 0; i < outline->count; i++) {
        const weft__deed *const deed = &outline->deeds[i];
        if (deed->goroutine == weft__facet_deed(facet)->goroutine &&
            weft__deed_touches(outline, deed, weft__facet_key(facet))) {
            ++*ret_total;
            number = i == facet->deed ? *ret_total : number;
        }
    }
    return number;
}
