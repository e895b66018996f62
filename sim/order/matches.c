/* matches.c: see matches.h.
 *
 * Channels are FIFO: the n-th value sent is the n-th received, and the n-th send of a channel of
 * capacity C needs the receive number n - C. Locks, wait groups and onces let pass once they were
 * released; who waited for that was made ready by it, which the trace's links tell. A condition is
 * FIFO too: a signal ends the wait that came first, be it still on its way to park, giving its lock
 * back. */
#include "matches.h"

#include <stdlib.h>
#include <string.h>

#include "../addresses.h"
#include "../memory.h"

/* What has happened to one object. Steps are counted from 1; 0 is none. */
typedef struct weft__past_of_object {
    uint32_t *sent;  /* steps, by number of the value */
    uint32_t *taken; /* likewise */
    size_t sent_count;
    size_t taken_count;
    size_t capacity; /* of both arrays */
    uint32_t closed;
    uint32_t *released;  /* clock: all that released it */
    uint32_t *published; /* clock: all writers that released it */
    size_t clock_size;
} weft__past_of_object;

static struct {
    weft__addresses index; /* by object: place in `pasts` + 1 */
    weft__past_of_object *pasts;
    size_t count;
    size_t capacity;
    uint32_t actor_count;
    uint32_t *signalled; /* by actor: the step that ended its wait before it parked; 0: none */
    size_t signalled_size;
} matches WEFT_KEEP;

void weft__matches_reset(uint32_t actor_count)
{
    weft__addresses_reset(&matches.index);
    matches.count = 0;
    matches.actor_count = actor_count;
    const size_t size = actor_count * sizeof *matches.signalled;
    if (matches.signalled_size < size) {
        matches.signalled = weft__grow(matches.signalled, size);
        matches.signalled_size = size;
    }
    if (size != 0) {
        memset(matches.signalled, 0, size);
    }
}

static void renew(weft__past_of_object *past)
{
    const size_t size = matches.actor_count * sizeof *past->released;
    if (past->clock_size < size) {
        past->released = weft__grow(past->released, size);
        past->published = weft__grow(past->published, size);
        past->clock_size = size;
    }
    memset(past->released, 0, size);
    memset(past->published, 0, size);
    past->sent_count = 0;
    past->taken_count = 0;
    past->closed = 0;
}

static weft__past_of_object *past_of(uint64_t object)
{
    uint64_t *const place = weft__addresses_at(&matches.index, (const void *)(uintptr_t)object);
    if (*place == 0) {
        if (matches.count == matches.capacity) {
            matches.capacity = matches.capacity == 0 ? 16 : matches.capacity * 2;
            matches.pasts = weft__grow(matches.pasts, matches.capacity * sizeof *matches.pasts);
            memset(matches.pasts + matches.count, 0,
                   (matches.capacity - matches.count) * sizeof *matches.pasts);
        }
        renew(&matches.pasts[matches.count++]);
        *place = matches.count;
    }
    return &matches.pasts[*place - 1];
}

/* What the functions below need to know of the step that was taken. */
typedef struct weft__taken_step {
    const weft__order *order;
    uint32_t *now;
    size_t links;  /* those after the step start here */
    uint32_t step; /* from 1 */
    uint32_t actor;
    const weft__event *event;
    const weft__place *place;
    uint32_t woken_step; /* what was made ready waited in this channel operation; 0: none */
    bool parked;
} weft__taken_step;

static void join_clock(uint32_t *into, const uint32_t *from)
{
    weft__clock_join(into, from, matches.actor_count);
}

static uint32_t *now_of(const weft__taken_step *t, uint32_t actor)
{
    return t->now + (size_t)actor * matches.actor_count;
}

static const uint32_t *clock_of(const weft__taken_step *t, uint32_t step)
{
    return t->order->before + (size_t)(step - 1) * matches.actor_count;
}

/* The actor goes on after that step. */
static void after(const weft__taken_step *t, uint32_t actor, uint32_t step)
{
    if (step != 0) {
        join_clock(now_of(t, actor), clock_of(t, step));
    }
}

static void make_room(weft__past_of_object *past)
{
    const size_t used = past->sent_count > past->taken_count ? past->sent_count : past->taken_count;
    if (used + 1 >= past->capacity) {
        past->capacity = past->capacity == 0 ? 16 : past->capacity * 2;
        past->sent = weft__grow(past->sent, past->capacity * sizeof *past->sent);
        past->taken = weft__grow(past->taken, past->capacity * sizeof *past->taken);
    }
}

/* Step `taker` has received what step `giver` sent. */
static void note_source(const weft__taken_step *t, uint32_t taker, uint32_t giver)
{
    t->order->steps[taker - 1].from = giver;
}

/* `actor` has sent value n by `step`, which needed room in a buffer of this capacity. */
static void put(const weft__taken_step *t, weft__past_of_object *past, uint32_t actor,
                uint32_t step)
{
    const size_t n = past->sent_count++;
    const size_t capacity = t->place->capacity;
    past->sent[n] = step;
    if (n >= capacity && n - capacity < past->taken_count) {
        after(t, actor, past->taken[n - capacity]);
    }
}

static void match_send(const weft__taken_step *t, weft__past_of_object *past)
{
    if (t->parked) {
        return; /* it will be matched by who receives */
    }
    make_room(past);
    if (t->woken_step != 0) {
        past->taken[past->taken_count++] = t->woken_step;
        note_source(t, t->woken_step, t->step);
        put(t, past, t->actor, t->step);
    } else if (past->closed == 0) {
        put(t, past, t->actor, t->step);
    }
}

static void match_receive(const weft__taken_step *t, weft__past_of_object *past)
{
    if (t->parked) {
        return;
    }
    make_room(past);
    if (t->woken_step != 0) { /* a sender waited: its value goes into the buffer, or to us */
        past->sent[past->sent_count++] = t->woken_step;
    }
    if (past->taken_count < past->sent_count) {
        note_source(t, t->step, past->sent[past->taken_count]);
        after(t, t->actor, past->sent[past->taken_count]);
        past->taken[past->taken_count++] = t->step;
    } else {
        note_source(t, t->step, past->closed);
        after(t, t->actor, past->closed);
    }
}

static bool waits_in_channel(const weft__event *event)
{
    return event->kind == WEFT__OP_SEND || event->kind == WEFT__OP_RECV ||
           event->kind == WEFT__OP_SELECT;
}

static uint32_t last_step_of(const weft__order *order, uint32_t actor, uint32_t before)
{
    for (uint32_t i = before; i-- > 0;) {
        if (order->steps[i].actor == actor) {
            return i + 1;
        }
    }
    return 0;
}

/* Who was made ready first by the step, if it waited for a channel. */
static void find_woken(weft__taken_step *t)
{
    const weft__trace *const trace = &weft__the_run.trace;
    const size_t first = t->order->steps[t->step - 1].event;
    const size_t end = weft__trace_next(trace, first);
    size_t i = first;
    while (i < end && trace->events[i].woke == 0) {
        i++;
    }
    if (i == end) {
        return;
    }
    const uint32_t step = last_step_of(t->order, trace->events[i].woke - 1, t->step - 1);
    if (step != 0 && waits_in_channel(&trace->events[t->order->steps[step - 1].event])) {
        t->woken_step = step;
    }
}

/* ---- What was let pass ---- */

static void release(const weft__taken_step *t, weft__past_of_object *past, bool publish)
{
    join_clock(past->released, clock_of(t, t->step));
    if (publish) {
        join_clock(past->published, clock_of(t, t->step));
    }
}

/* Those that a release woke come after everything that had to be released, not only after the
 * last. */
static void release_to_woken(const weft__taken_step *t, const weft__past_of_object *past)
{
    const weft__trace *const trace = &weft__the_run.trace;
    const size_t next = weft__trace_next(trace, t->order->steps[t->step - 1].event);
    for (size_t i = t->links; i < trace->link_count && trace->links[i].at <= next; i++) {
        const weft__link *const link = &trace->links[i];
        if (link->kind == WEFT__LINK_WAKE && link->from == t->actor) {
            join_clock(now_of(t, link->to), past->released);
        }
    }
}

/* `count` waits for a condition end by this step. Who has not parked yet takes one more step first,
 * which does not depend on this one. */
static void match_signal(const weft__taken_step *t, weft__past_of_object *past, size_t count)
{
    for (; count != 0 && past->taken_count < past->sent_count; count--) {
        const weft__step *const wait = &t->order->steps[past->sent[past->taken_count++] - 1];
        if (now_of(t, wait->actor)[wait->actor] == wait->number) {
            matches.signalled[wait->actor] = t->step;
        }
    }
}

static void match_other(const weft__taken_step *t, weft__past_of_object *past)
{
    switch (t->event->kind) {
    case WEFT__OP_CLOSE:
        past->closed = t->step;
        break;
    case WEFT__OP_COND_WAIT:
        make_room(past);
        past->sent[past->sent_count++] = t->step;
        break;
    case WEFT__OP_SIGNAL:
        match_signal(t, past, 1);
        break;
    case WEFT__OP_BROADCAST:
        match_signal(t, past, SIZE_MAX);
        break;
    case WEFT__OP_UNLOCK:
    case WEFT__OP_WUNLOCK:
    case WEFT__OP_ONCE_END:
        release(t, past, true);
        break;
    case WEFT__OP_RUNLOCK:
        release(t, past, false);
        release_to_woken(t, past);
        break;
    case WEFT__OP_WG_ADD:
        release(t, past, false);
        release_to_woken(t, past);
        break;
    case WEFT__OP_RLOCK:
        if (!t->parked) {
            join_clock(now_of(t, t->actor), past->published);
        }
        break;
    case WEFT__OP_LOCK:
    case WEFT__OP_WLOCK:
    case WEFT__OP_WG_WAIT:
    case WEFT__OP_ONCE:
        if (!t->parked) {
            join_clock(now_of(t, t->actor), past->released);
        }
        break;
    default:
        break;
    }
}

/* ---- Which channel a select has used ---- */

/* The case that was taken at once: the only one that was ready, or the one that was chosen. NULL:
 * none. */
static const weft__event *chosen_case(const weft__event *event, uint32_t *ret_touch)
{
    const weft__trace *const trace = &weft__the_run.trace;
    const size_t first = (size_t)(event - trace->events);
    const size_t end = weft__trace_next(trace, first);
    uint32_t chosen = 0;
    for (size_t i = first + 1; i < end; i++) {
        if ((trace->events[i].flags & WEFT__EVENT_CHOICE) != 0) {
            chosen = trace->events[i].value;
        }
    }
    uint32_t touch = 0;
    for (size_t i = first + 1; i < end; i++) {
        if ((trace->events[i].flags & WEFT__EVENT_CASE) == 0) {
            continue;
        }
        if ((trace->events[i].flags & WEFT__EVENT_READY) != 0 && chosen-- == 0) {
            *ret_touch = touch;
            return &trace->events[i];
        }
        touch++;
    }
    return NULL;
}

static void match_select(weft__taken_step *t, const weft__touch *touches)
{
    uint32_t touch = 0;
    const weft__event *const one = t->parked ? NULL : chosen_case(t->event, &touch);
    if (one == NULL) {
        return;
    }
    t->place = &weft__the_run.trace.places[one - weft__the_run.trace.events];
    weft__past_of_object *const past = past_of(touches[touch].object);
    if (one->kind == WEFT__OP_SEND) {
        match_send(t, past);
    } else {
        match_receive(t, past);
    }
}

/* A timer sends into its channel if there is room, and a stopped one takes back what it sent. */
static void match_timer(const weft__taken_step *t, const weft__touch *touches, uint32_t count)
{
    if (count < 2 || touches[1].object == WEFT__OBJECT_CLOCK) {
        return; /* no channel */
    }
    weft__past_of_object *const past = past_of(touches[1].object);
    if (t->event->kind != WEFT__OP_FIRE) {
        while (past->taken_count < past->sent_count) {
            past->taken[past->taken_count++] = 0; /* nobody received it */
        }
    } else if (t->woken_step != 0 || past->sent_count == past->taken_count) {
        match_send(t, past);
    }
}

void weft__match(const weft__order *order, uint32_t j, uint32_t *now, size_t links)
{
    const weft__trace *const trace = &weft__the_run.trace;
    const weft__step *const step = &order->steps[j];
    const weft__touch *const touches = trace->touches + step->touch;
    const uint32_t count = step->touch_end - step->touch;
    weft__taken_step t = {
        .order = order, .now = now, .links = links, .step = j + 1, .actor = step->actor};
    t.event = &trace->events[step->event];
    t.place = &trace->places[step->event];
    t.parked = (t.event->flags & WEFT__EVENT_PARKED) != 0;
    after(&t, t.actor, matches.signalled[t.actor]);
    matches.signalled[t.actor] = 0;
    if (count == 0 || touches[0].object == WEFT__OBJECT_UNNAMED) {
        return;
    }
    find_woken(&t);
    switch (t.event->kind) {
    case WEFT__OP_SELECT:
        match_select(&t, touches);
        break;
    case WEFT__OP_FIRE:
    case WEFT__OP_TIMER_STOP:
    case WEFT__OP_TIMER_RESET:
        match_timer(&t, touches, count);
        break;
    case WEFT__OP_TRY_SEND:
    case WEFT__OP_TRY_RECV:
        t.parked = (t.event->flags & WEFT__EVENT_READY) == 0;
        if (t.event->kind == WEFT__OP_TRY_SEND) {
            match_send(&t, past_of(touches[0].object));
        } else {
            match_receive(&t, past_of(touches[0].object));
        }
        break;
    case WEFT__OP_SEND:
        match_send(&t, past_of(touches[0].object));
        break;
    case WEFT__OP_RECV:
        match_receive(&t, past_of(touches[0].object));
        break;
    default:
        match_other(&t, past_of(touches[0].object));
        break;
    }
}
