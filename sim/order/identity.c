/* identity.c: the happens-before hash.
 *
 * Each event is hashed together with all earlier events that it depends on: its goroutine's last
 * one, and those that touched one of its objects in a way that conflicts (touch.h). The hashes are
 * added up: so swapping two independent neighbours changes nothing, and any other swap does.
 *
 * What happened to an object is kept as one sum of hashes for each kind of access: an event costs
 * the same however long the run is.
 *
 * INVARIANTS
 *   - The steps before `next` are hashed, and `sum` is that of their hashes. */
#include "identity.h"

#include <stdlib.h>
#include <string.h>

#include "../memory.h"
#include "clocks.h"

typedef struct weft__past {
    uint64_t object;
    uint64_t epoch; /* entries of earlier runs count as empty */
    uint64_t name;
    bool named; /* by its users */
    uint64_t sums[WEFT__ACCESS_COUNT];
} weft__past;

static struct {
    weft__past *pasts; /* open addressing by object */
    size_t capacity;
    uint64_t epoch;
    uint64_t *last; /* by slot: hash of the goroutine's last event, or of its origin */
    size_t last_capacity;
    uint32_t last_count;
    uint64_t timers; /* likewise, of all timers: they depend on each other */
    size_t next;     /* event of the trace */
    uint64_t sum;
} identifier WEFT_KEEP;

/* Where the object's entry is, or where it may be put. */
static weft__past *find(uint64_t object)
{
    size_t i = weft__mix(object, 0) & (identifier.capacity - 1);
    while (identifier.pasts[i].epoch == identifier.epoch && identifier.pasts[i].object != object) {
        i = (i + 1) & (identifier.capacity - 1);
    }
    return &identifier.pasts[i];
}

static weft__past *past_of(uint64_t object)
{
    weft__past *const past = find(object);
    if (past->epoch != identifier.epoch) {
        *past = (weft__past){
            .object = object, .epoch = identifier.epoch, .name = weft__name_of_touched(object)};
    }
    return past;
}

static uint64_t conflicting(const weft__past *past, weft__access access)
{
    uint64_t sum = 0;
    for (uint32_t set = weft__access_conflicts[access]; set != 0; set &= set - 1) {
        sum += past->sums[__builtin_ctz(set)];
    }
    return sum;
}

static uint64_t add_event(const weft__event *event, const weft__touch *touches, size_t count)
{
    uint64_t *const last = event->slot == WEFT__TIMER_SLOT ? &identifier.timers
                                                           : &identifier.last[event->slot];
    uint64_t hash = weft__mix(*last, (uint64_t)event->kind << 32 | event->value);
    for (size_t i = 0; i < count; i++) {
        const weft__past *const past = past_of(touches[i].object);
        hash = weft__mix(hash ^ past->name, conflicting(past, touches[i].access));
    }
    for (size_t i = 0; i < count; i++) {
        past_of(touches[i].object)->sums[touches[i].access] += hash;
    }
    *last = hash;
    return hash;
}

static void grow_pasts(size_t capacity)
{
    weft__past *const old = identifier.pasts;
    const size_t old_capacity = identifier.capacity;
    identifier.capacity = capacity;
    identifier.pasts = weft__grow(NULL, capacity * sizeof *identifier.pasts);
    memset(identifier.pasts, 0, capacity * sizeof *identifier.pasts);
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].epoch == identifier.epoch) {
            *find(old[i].object) = old[i];
        }
    }
    free(old);
}

/* Room for all objects that the run has used by now, and a first hash for each goroutine. */
static void make_room(const weft__run *run)
{
    size_t capacity = identifier.capacity == 0 ? 64 : identifier.capacity;
    while (capacity < 2 * run->trace.touch_count + 2) {
        capacity *= 2;
    }
    if (capacity != identifier.capacity) {
        grow_pasts(capacity);
    }
    if (run->member_count > identifier.last_capacity) {
        identifier.last_capacity = 2 * (size_t)run->member_count;
        identifier.last =
            weft__grow(identifier.last, identifier.last_capacity * sizeof *identifier.last);
    }
    while (identifier.last_count < run->member_count) {
        identifier.last[identifier.last_count] = run->members[identifier.last_count].name;
        identifier.last_count++;
    }
}

static void forget(void)
{
    identifier.epoch++;
    identifier.last_count = 0;
    identifier.timers = 0;
    identifier.next = 0;
    identifier.sum = 0;
}

static void start(const weft__run *run)
{
    forget();
    make_room(run);
}

/* Name each object by its users, whoever came first: by the least hash of a goroutine's name and
 * the number of its operation. Such a name does not depend on where the object lies. */
static void name_by_users(const weft__run *run)
{
    const weft__trace *const trace = &run->trace;
    for (size_t i = 0; i < trace->count; i = weft__trace_next(trace, i)) {
        const weft__event *const event = &trace->events[i];
        const uint64_t name = event->slot == WEFT__TIMER_SLOT
                                  ? UINT64_MAX
                                  : weft__mix(run->members[event->slot].name, event->seq);
        for (size_t t = trace->places[i].touch; t < weft__trace_touches_end(trace, i); t++) {
            weft__past *const past = past_of(trace->touches[t].object);
            past->name = past->named && past->name < name ? past->name : name;
            past->named = true;
        }
    }
}

/* The next step; afterwards `next` stands behind it. */
static uint64_t hash_step(const weft__trace *trace)
{
    const size_t i = identifier.next;
    const size_t next = weft__trace_next(trace, i);
    const size_t first = trace->places[i].touch;
    uint64_t sum = add_event(&trace->events[i], trace->touches + first,
                             weft__trace_touches_end(trace, i) - first);
    for (size_t part = i + 1; part < next; part++) {
        if ((trace->events[part].flags & WEFT__EVENT_CHOICE) != 0) {
            sum += add_event(&trace->events[part], NULL, 0);
        }
    }
    identifier.next = next;
    identifier.sum += sum;
    return sum;
}

/* Of a run that a goroutine ended, only what that goroutine had behind it: how far the others had
 * come by then is no other failure. */
static uint64_t hash_events(const weft__run *run)
{
    const weft__trace *const trace = &run->trace;
    const uint32_t culprit = run->outcome.culprit;
    const weft__order *const order = culprit < run->member_count ? weft__order_of_run(0, NULL, NULL)
                                                                 : NULL;
    uint64_t sum = 0;
    uint32_t step = 0;
    while (identifier.next < trace->count) {
        const uint64_t hash = hash_step(trace);
        sum += order == NULL || weft__step_in_past(order, step, culprit) ? hash : 0;
        step++;
    }
    return weft__mix(sum, run->outcome.kind) | 1;
}

void weft__prefix_begin(void)
{
    forget();
}

uint64_t weft__prefix(void)
{
    const weft__run *const run = &weft__the_run;
    make_room(run);
    while (identifier.next < run->trace.count) {
        (void)hash_step(&run->trace);
    }
    return identifier.sum;
}

uint64_t weft__behaviour(void)
{
    start(&weft__the_run);
    return hash_events(&weft__the_run);
}

uint64_t weft__identity(const char *test)
{
    start(&weft__the_run);
    name_by_users(&weft__the_run);
    return weft__mix(hash_events(&weft__the_run), weft__hash_text(test));
}
