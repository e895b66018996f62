/* happens_before.c: see happens_before.h. */
#include "happens_before.h"

#include "../net/network.h"

#include <chan.h>

#include "../addresses.h"
#include "shadow.h"
#include "watch.h"

static weft__run *const run = &weft__the_run;

enum { CHANNEL_SIZE = 4 }; /* of its bytes stand for it */

typedef struct weft__past {
    weft__vector released;
    weft__vector published; /* what writers have released */
    weft__vector closed;
    bool is_closed;
    bool is_met;         /* of a channel: it has been sent to or closed */
    weft__vector *slots; /* of a channel's buffer */
    size_t slot_count;
    uint64_t sent; /* values that were put into the buffer */
    uint64_t taken;
    uint32_t *waiters; /* slots that wait at a cond, in order */
    size_t waiter_head;
    size_t waiter_count;
    size_t waiter_capacity;
} weft__past;

typedef struct weft__buffer {
    const void *address;
    size_t size;
    bool writes; /* the program's memory, that is: it is read into */
} weft__buffer;

static struct {
    weft__vector *clocks; /* by slot */
    size_t clock_count;   /* of this run */
    size_t clock_capacity;
    weft__vector timer;    /* of the timer that fires */
    weft__addresses index; /* by object: place in `pasts` + 1 */
    weft__past *pasts;
    size_t past_count;
    size_t past_capacity;
    weft__addresses locations; /* by address, likewise */
    uint32_t highest;          /* number of a release, in this run */
    bool pending;
    bool woke_others;
    uint32_t slot; /* of the pending operation: */
    size_t event;
    const void *value;        /* it sends from here, or receives into it */
    const void **case_values; /* of a select: likewise, by case */
    size_t case_capacity;
    weft__buffer *buffers; /* of a call on a descriptor: what was read or written */
    size_t buffer_count;
    size_t buffer_capacity;
} hb WEFT_KEEP;

uint32_t weft__hb_reset(void)
{
    const uint32_t highest = hb.highest;
    weft__addresses_reset(&hb.index);
    weft__addresses_reset(&hb.locations);
    hb.clock_count = 0;
    hb.past_count = 0;
    hb.timer.length = 0;
    hb.pending = false;
    hb.highest = 0;
    return highest;
}

static weft__vector *add_clock(uint32_t slot)
{
    hb.clocks =
        weft__with_zeroed(hb.clocks, slot + (size_t)1, &hb.clock_capacity, sizeof *hb.clocks);
    for (; hb.clock_count <= slot; hb.clock_count++) {
        hb.clocks[hb.clock_count].length = 0;
    }
    return &hb.clocks[slot];
}

static inline weft__vector *clock_of(uint32_t slot)
{
    return slot < hb.clock_count ? &hb.clocks[slot] : add_clock(slot);
}

const weft__vector *weft__hb_clock(uint32_t slot)
{
    return clock_of(slot);
}

static weft__past *past_at(uint64_t *place)
{
    if (*place == 0) {
        hb.pasts =
            weft__with_zeroed(hb.pasts, hb.past_count + 1, &hb.past_capacity, sizeof *hb.pasts);
        weft__past *const fresh = &hb.pasts[hb.past_count++];
        fresh->released.length = 0;
        fresh->published.length = 0;
        fresh->closed.length = 0;
        fresh->is_closed = false;
        fresh->is_met = false;
        fresh->sent = 0;
        fresh->taken = 0;
        fresh->waiter_head = 0;
        fresh->waiter_count = 0;
        for (size_t i = 0; i < fresh->slot_count; i++) {
            fresh->slots[i].length = 0;
        }
        *place = hb.past_count;
    }
    return &hb.pasts[*place - 1];
}

static weft__past *past_of(uint64_t object)
{
    return past_at(weft__addresses_at(&hb.index, (const void *)(uintptr_t)object));
}

weft__vector *weft__hb_location(const volatile void *address)
{
    return &past_at(weft__addresses_at(&hb.locations, (const void *)(uintptr_t)address))->released;
}

/* What it does from here on is not known to those who know what it did so far. */
static void tick(uint32_t slot)
{
    weft__vector *const clock = clock_of(slot);
    weft__vector_lengthen(clock, slot + 1);
    clock->at[slot]++;
    hb.highest = hb.highest < clock->at[slot] ? clock->at[slot] : hb.highest;
    weft__the_watch.ready = false;
}

void weft__hb_acquire(uint32_t slot, const weft__vector *from)
{
    weft__vector_join(clock_of(slot), from);
    weft__the_watch.ready = false;
}

void weft__hb_release(uint32_t slot, weft__vector *into)
{
    weft__vector_join(into, clock_of(slot));
    tick(slot);
}

/* ---- Goroutines and timers ---- */

void weft__hb_spawn(uint32_t from, uint32_t slot)
{
    clock_of(slot)->length = 0; /* from here on the clocks stay where they are */
    if (from == WEFT__TIMER_SLOT) {
        weft__hb_acquire(slot, &hb.timer);
    } else if (from != slot) {
        weft__hb_acquire(slot, clock_of(from));
        tick(from);
    }
    tick(slot);
}

void weft__hb_arm(uint32_t from, const weft__timer *timer)
{
    weft__vector *const released = &past_of(timer->object.name)->released;
    if (from == WEFT__TIMER_SLOT) {
        weft__vector_join(released, &hb.timer);
    } else {
        weft__hb_release(from, released);
    }
}

static weft__vector *slot_of(weft__past *past, uint64_t number, size_t capacity)
{
    const size_t i = number % capacity;
    past->slots = weft__with_zeroed(past->slots, i + 1, &past->slot_count, sizeof *past->slots);
    return &past->slots[i];
}

/* A timer sends to who waits, who is then made ready, or into an empty buffer. */
void weft__hb_fire(const weft__timer *timer)
{
    const weft_chan *const ch = timer->chan;
    weft__vector_copy(&hb.timer, &past_of(timer->object.name)->released);
    if (ch != NULL && ch->count < ch->capacity && weft__waitq_empty(&ch->receivers)) {
        weft__past *const past = past_of(ch->object.name);
        weft__vector_copy(slot_of(past, past->sent++, ch->capacity), &hb.timer);
    }
}

static bool waits_in_channel(const weft__task *task)
{
    return task->op.kind == WEFT__OP_SEND || task->op.kind == WEFT__OP_RECV ||
           task->op.kind == WEFT__OP_SELECT;
}

/* Those that wait in channels get their edges when the operation that ends that is settled: slot by
 * slot. */
void weft__hb_wake(uint32_t from, const weft__task *woken)
{
    if (from == WEFT__TIMER_SLOT) {
        weft__hb_acquire(woken->slot, &hb.timer);
    } else if (from != woken->slot && !waits_in_channel(woken)) {
        weft__hb_acquire(woken->slot, clock_of(from));
        hb.woke_others = true;
    }
}

/* ---- Channels ---- */

/* A goroutine's turn at a slot of a buffer. */
static void pass_slot(uint32_t slot, weft__vector *place)
{
    weft__hb_acquire(slot, place);
    weft__hb_release(slot, place);
}

static void meet(uint32_t one, uint32_t other)
{
    weft__hb_acquire(one, clock_of(other));
    weft__hb_acquire(other, clock_of(one));
    tick(one);
    tick(other);
}

/* A channel operation that was carried out. */
typedef struct weft__transferred {
    const weft_chan *ch;
    weft__past *past;
    uint32_t slot;
    const weft__task *woken; /* its peer, which waited; NULL: there was none */
    const void *value;
    const void *site;
} weft__transferred;

/* The values' bytes: read where they are sent from, written where they are received. */
static void use_value(uint32_t slot, const weft_chan *ch, const void *value, bool receives,
                      const void *site)
{
    if (value != NULL && ch->elem_size != 0) {
        weft__shadow_access(slot, clock_of(slot), value, ch->elem_size,
                            receives ? WEFT__SHADOW_WRITE : WEFT__SHADOW_READ, site);
    }
}

/* Where a goroutine that waits in this channel has its value. */
static const void *waiting_value(const weft__task *task, const weft_chan *ch, bool receives)
{
    if (task->op.kind != WEFT__OP_SELECT) {
        return task->op.value;
    }
    const weft_case *const cases = task->op.object;
    const weft_case_kind kind = receives ? WEFT_CASE_RECV : WEFT_CASE_SEND;
    for (uint64_t i = 0; i < task->op.n; i++) {
        if (cases[i].chan == ch && cases[i].kind == kind) {
            return receives ? cases[i].into : cases[i].from;
        }
    }
    return NULL;
}

static void settle_send(const weft__transferred *t)
{
    weft__past *const past = t->past;
    const size_t capacity = t->ch->capacity;
    use_value(t->slot, t->ch, t->value, false, t->site);
    if (past->is_closed) {
        return; /* a panic */
    }
    if (capacity == 0 && t->woken != NULL) {
        meet(t->slot, t->woken->slot);
    } else if (capacity != 0) {
        weft__vector *const place = slot_of(past, past->sent++, capacity);
        pass_slot(t->slot, place);
        if (t->woken != NULL) {
            past->taken++;
            pass_slot(t->woken->slot, place);
        }
    }
    if (t->woken != NULL) {
        use_value(t->woken->slot, t->ch, waiting_value(t->woken, t->ch, true), true,
                  t->woken->op.site);
    }
}

static void settle_receive(const weft__transferred *t)
{
    weft__past *const past = t->past;
    const size_t capacity = t->ch->capacity;
    if (t->woken != NULL) {
        use_value(t->woken->slot, t->ch, waiting_value(t->woken, t->ch, false), false,
                  t->woken->op.site);
    }
    if (capacity == 0 && t->woken != NULL) {
        meet(t->slot, t->woken->slot);
    } else if (capacity != 0 && past->taken < past->sent) {
        pass_slot(t->slot, slot_of(past, past->taken++, capacity));
        if (t->woken != NULL) {
            pass_slot(t->woken->slot, slot_of(past, past->sent++, capacity));
        }
    } else {
        weft__hb_acquire(t->slot, &past->closed);
    }
    use_value(t->slot, t->ch, t->value, true, t->site);
}

/* A send reads the channel, closing it writes it: those that nothing orders are a race. Where it
 * lies there may have been another one before. */
static void use_channel(const weft_chan *ch, weft__past *past, weft__shadow_kind kind)
{
    if (!past->is_met) {
        past->is_met = true;
        weft__shadow_forget(ch, CHANNEL_SIZE);
    }
    weft__shadow_access(hb.slot, clock_of(hb.slot), ch, CHANNEL_SIZE, kind,
                        run->trace.places[hb.event].site);
}

/* The first goroutine that the pending operation made ready, if it waited in a channel. */
static const weft__task *find_woken(void)
{
    for (size_t i = hb.event; i < run->trace.count; i++) {
        const uint32_t woke = run->trace.events[i].woke;
        if (woke != 0) {
            const weft__task *const task = weft__task_of(run->members[woke - 1].g);
            return waits_in_channel(task) ? task : NULL;
        }
    }
    return NULL;
}

static void settle_channel(const weft__event *event, const void *value, bool of_send)
{
    const weft__place *const place = &run->trace.places[event - run->trace.events];
    if (of_send) {
        use_channel(place->address, past_of(event->object), WEFT__SHADOW_SEND);
    }
    const weft__transferred t = {
        .ch = place->address,
        .past = past_of(event->object),
        .slot = hb.slot,
        .woken = find_woken(),
        .value = value,
        .site = run->trace.places[hb.event].site,
    };
    if (of_send) {
        settle_send(&t);
    } else {
        settle_receive(&t);
    }
}

/* The case of a select that was taken at once: the only one that was ready, or the one chosen. */
static const weft__event *chosen_case(void)
{
    uint32_t chosen = 0;
    for (size_t i = hb.event + 1; i < run->trace.count; i++) {
        if ((run->trace.events[i].flags & WEFT__EVENT_CHOICE) != 0) {
            chosen = run->trace.events[i].value;
        }
    }
    for (size_t i = hb.event + 1; i < run->trace.count; i++) {
        const weft__event *const event = &run->trace.events[i];
        if ((event->flags & WEFT__EVENT_CASE) != 0 && (event->flags & WEFT__EVENT_READY) != 0 &&
            chosen-- == 0) {
            return event;
        }
    }
    return NULL;
}

static void settle_select(void)
{
    const weft__event *const one = chosen_case();
    if (one != NULL) {
        settle_channel(one, hb.case_values[one->value], one->kind == WEFT__OP_SEND);
    }
}

/* Those that the operation made ready come after all of this. */
static void pass_to_woken(const weft__vector *released)
{
    const weft__trace *const trace = &run->trace;
    for (size_t i = trace->link_count; i-- > 0 && trace->links[i].at > hb.event;) {
        const weft__link *const link = &trace->links[i];
        if (link->kind == WEFT__LINK_WAKE && link->from == hb.slot && link->to != hb.slot) {
            weft__hb_acquire(link->to, released);
        }
    }
}

/* Closing lets all go on that wait in the channel. */
static void settle_close(const weft__event *event)
{
    weft__past *const past = past_of(event->object);
    if (event->object == 0 || past->is_closed) {
        return; /* a panic */
    }
    use_channel(run->trace.places[hb.event].address, past, WEFT__SHADOW_CLOSE);
    weft__hb_release(hb.slot, &past->closed);
    past->is_closed = true;
    pass_to_woken(&past->closed);
}

/* ---- What was let pass ---- */

static void wait_at(weft__past *past)
{
    const size_t end = past->waiter_head + past->waiter_count;
    past->waiters =
        weft__with_zeroed(past->waiters, end + 1, &past->waiter_capacity, sizeof *past->waiters);
    past->waiters[end] = hb.slot;
    past->waiter_count++;
}

/* The first that waits has perhaps not parked yet. */
static void signal_first(weft__past *past)
{
    if (past->waiter_count != 0) {
        past->waiter_count--;
        weft__hb_acquire(past->waiters[past->waiter_head++], clock_of(hb.slot));
    }
}

static void settle_cond(const weft__event *event, weft__past *past)
{
    if (event->kind == WEFT__OP_COND_WAIT) {
        wait_at(past);
    } else if (event->kind == WEFT__OP_SIGNAL) {
        signal_first(past);
    } else {
        while (past->waiter_count != 0) {
            signal_first(past);
        }
    }
}

static void settle_sync(const weft__event *event, bool passed)
{
    weft__past *const past = past_of(event->object);
    switch (event->kind) {
    case WEFT__OP_UNLOCK:
    case WEFT__OP_WUNLOCK:
    case WEFT__OP_ONCE_END:
        weft__vector_join(&past->published, clock_of(hb.slot));
        weft__hb_release(hb.slot, &past->released);
        break;
    case WEFT__OP_RUNLOCK:
    case WEFT__OP_RELEASE:
        weft__hb_release(hb.slot, &past->released);
        pass_to_woken(&past->released); /* not only after the last release */
        break;
    case WEFT__OP_WG_ADD:
        if ((int32_t)event->value < 0) {
            weft__hb_release(hb.slot, &past->released);
            pass_to_woken(&past->released);
        }
        break;
    case WEFT__OP_RLOCK:
    case WEFT__OP_TRY_RLOCK:
        if (passed) {
            weft__hb_acquire(hb.slot, &past->published);
        }
        break;
    case WEFT__OP_LOCK:
    case WEFT__OP_WLOCK:
    case WEFT__OP_TRY_LOCK:
    case WEFT__OP_TRY_WLOCK:
    case WEFT__OP_ACQUIRE:
    case WEFT__OP_TRY_ACQUIRE:
    case WEFT__OP_WG_WAIT:
    case WEFT__OP_ONCE:
        if (passed) {
            weft__hb_acquire(hb.slot, &past->released);
        }
        break;
    default:
        break;
    }
}

/* ---- The pending operation ---- */

/* An announced access; an update is an atomic one that acquires and releases. */
static void settle_variable(const weft__event *event)
{
    const weft__place *const place = &run->trace.places[hb.event];
    if (event->kind == WEFT__OP_UPDATE) {
        weft__hb_acquire(hb.slot, weft__hb_location(place->address));
    }
    weft__shadow_access(hb.slot, clock_of(hb.slot), place->address, event->value,
                        event->kind == WEFT__OP_READ    ? WEFT__SHADOW_READ
                        : event->kind == WEFT__OP_WRITE ? WEFT__SHADOW_WRITE
                                                        : WEFT__SHADOW_ATOMIC_WRITE,
                        place->site);
    if (event->kind == WEFT__OP_UPDATE) {
        weft__hb_release(hb.slot, weft__hb_location(place->address));
    }
}

/* By the time when it is known which case was taken the array may be gone. */
static void keep_values(const weft_case *cases, size_t count)
{
    hb.case_values =
        weft__with_zeroed(hb.case_values, count, &hb.case_capacity, sizeof *hb.case_values);
    for (size_t i = 0; i < count; i++) {
        hb.case_values[i] = cases[i].kind == WEFT_CASE_SEND ? cases[i].from : cases[i].into;
    }
}

void weft__hb_begin(const weft__task *task, size_t event)
{
    hb.pending = true;
    hb.woke_others = false;
    hb.slot = task->slot;
    hb.event = event;
    hb.value = task->op.value;
    hb.buffer_count = 0;
    if (task->op.kind == WEFT__OP_SELECT) {
        keep_values(task->op.object, task->op.n);
    }
    weft__the_watch.ready = false;
}

void weft__hb_buffer(const void *address, size_t size, bool writes)
{
    if (hb.pending && size != 0) {
        hb.buffers = weft__with_room(hb.buffers, hb.buffer_count, 1, &hb.buffer_capacity,
                                     sizeof *hb.buffers);
        hb.buffers[hb.buffer_count++] = (weft__buffer){address, size, writes};
    }
}

/* A timer that is stopped takes back what it sent. */
static void settle_stop(void)
{
    const weft__timer *const timer = run->trace.places[hb.event].address;
    if (timer->chan != NULL) {
        weft__past *const past = past_of(timer->chan->object.name);
        past->taken = past->sent;
    }
}

static bool tries(uint16_t kind)
{
    return kind == WEFT__OP_TRY_SEND || kind == WEFT__OP_TRY_RECV || kind == WEFT__OP_TRY_LOCK ||
           kind == WEFT__OP_TRY_RLOCK || kind == WEFT__OP_TRY_WLOCK || kind == WEFT__OP_TRY_ACQUIRE;
}

static bool sends(uint16_t kind)
{
    return kind == WEFT__OP_SEND || kind == WEFT__OP_TRY_SEND;
}

/* Who writes, ends or connects comes before who reads, and accepts: by what both touch, as in Go's
 * race detector, which does not even tell one descriptor from another. */
static void settle_io(const weft__event *event)
{
    const weft__touch *const touches = run->trace.touches + run->trace.places[hb.event].touch;
    const int count = event->kind == WEFT__OP_SHUT ? 2 : 1; /* the connection, too: net/touched.c */
    for (int i = 0; i < count; i++) {
        if (event->kind != WEFT__OP_OUT && event->kind != WEFT__OP_SHUTDOWN) {
            weft__hb_acquire(hb.slot, &past_of(touches[i].object)->released);
        }
    }
    for (size_t i = 0; i < hb.buffer_count; i++) {
        const weft__buffer *const buffer = &hb.buffers[i];
        weft__shadow_access(hb.slot, clock_of(hb.slot), buffer->address, buffer->size,
                            buffer->writes ? WEFT__SHADOW_WRITE : WEFT__SHADOW_READ,
                            run->trace.places[hb.event].site);
    }
    for (int i = 0; i < count; i++) {
        if (event->kind != WEFT__OP_IN && event->kind != WEFT__OP_POLL) {
            weft__hb_release(hb.slot, &past_of(touches[i].object)->released);
        }
    }
}

static void settle(const weft__event *event, bool parked)
{
    const bool passed = !parked && (!tries(event->kind) || (event->flags & WEFT__EVENT_READY) != 0);
    switch (event->kind) {
    case WEFT__OP_SELECT:
        if (passed) {
            settle_select();
        }
        break;
    case WEFT__OP_SEND:
    case WEFT__OP_TRY_SEND:
    case WEFT__OP_RECV:
    case WEFT__OP_TRY_RECV:
        if (passed && event->object != 0) {
            settle_channel(event, hb.value, sends(event->kind));
        }
        break;
    case WEFT__OP_CLOSE:
        settle_close(event);
        break;
    case WEFT__OP_READ:
    case WEFT__OP_WRITE:
    case WEFT__OP_UPDATE:
        settle_variable(event);
        break;
    case WEFT__OP_CONTEXT_ERR:
        weft__hb_acquire(hb.slot, &past_of(event->object)->closed);
        break;
    case WEFT__OP_COND_WAIT:
    case WEFT__OP_SIGNAL:
    case WEFT__OP_BROADCAST:
        settle_cond(event, past_of(event->object));
        break;
    case WEFT__OP_TIMER_STOP:
    case WEFT__OP_TIMER_RESET:
        settle_stop();
        break;
    default:
        if (weft__op_is_io((weft__op_kind)event->kind)) {
            settle_io(event);
        } else if (event->object != 0 && !weft__op_is_of_variable((weft__op_kind)event->kind)) {
            settle_sync(event, passed);
        }
        break;
    }
    if (hb.woke_others) {
        tick(hb.slot);
    }
}

void weft__hb_settle(bool parked)
{
    if (hb.pending) {
        hb.pending = false;
        settle(&run->trace.events[hb.event], parked);
    }
}
