/* identity.c: the happens-before hash.
 *
 * Each event is hashed together with all earlier events that it depends on: its goroutine's last
 * one and those on the same object that do not commute with it. The hashes are added up: so
 * swapping two independent neighbours changes nothing, and any other swap does. Dependence is the
 * static over-approximation: operations on one object conflict, except that
 *   - a blocking send and a blocking receive on a channel commute in every state of it;
 *   - reads of a variable, read locks and unlocks, and additions to a wait group commute. */
#include "identity.h"

#include <stdlib.h>
#include <string.h>

#include "../memory.h"

enum { GROUP_SEND, GROUP_RECV, GROUP_OTHER, GROUP_COUNT };

/* What has happened to one object so far: sums of hashes, by group. Members of the first two groups
 * conflict with the other groups, and (sends, receives) with their own. */
typedef struct weft__past {
    uint64_t object;
    uint64_t sums[GROUP_COUNT];
} weft__past;

typedef struct weft__identifier {
    weft__past *pasts; /* open addressing by object */
    size_t capacity;
    uint64_t *last;  /* by slot: hash of the goroutine's last event, or of its origin */
    uint64_t timers; /* likewise, of the timers */
    uint64_t sum;
} weft__identifier;

static int group_of(uint16_t kind)
{
    switch (kind) {
    case WEFT__OP_SEND:
        return GROUP_SEND;
    case WEFT__OP_RECV:
        return GROUP_RECV;
    case WEFT__OP_READ:
    case WEFT__OP_RLOCK:
    case WEFT__OP_RUNLOCK:
    case WEFT__OP_WG_ADD:
        return GROUP_RECV + GROUP_COUNT; /* as a group of its own whose members commute */
    default:
        return GROUP_OTHER;
    }
}

static weft__past *past_of(weft__identifier *id, uint64_t object)
{
    size_t i = weft__mix(object, 0) & (id->capacity - 1);
    while (id->pasts[i].object != 0 && id->pasts[i].object != object) {
        i = (i + 1) & (id->capacity - 1);
    }
    id->pasts[i].object = object;
    return &id->pasts[i];
}

/* The sum of what this event depends on, among what happened to the object. */
static uint64_t depends_on(const weft__past *past, int group)
{
    switch (group) {
    case GROUP_SEND:
        return past->sums[GROUP_SEND] + past->sums[GROUP_OTHER];
    case GROUP_RECV:
        return past->sums[GROUP_RECV] + past->sums[GROUP_OTHER];
    case GROUP_OTHER:
        return past->sums[GROUP_SEND] + past->sums[GROUP_RECV] + past->sums[GROUP_OTHER];
    default:
        return past->sums[GROUP_OTHER];
    }
}

static void add_event(weft__identifier *id, const weft__event *event, uint64_t object)
{
    uint64_t *const last = event->slot == WEFT__TIMER_SLOT ? &id->timers : &id->last[event->slot];
    const int group = group_of(event->kind);
    uint64_t hash = weft__mix(*last, (uint64_t)event->kind << 32 | event->value);
    if (event->object != 0) {
        weft__past *const past = past_of(id, event->object);
        hash = weft__mix(weft__mix(hash, object), depends_on(past, group));
        past->sums[group < GROUP_COUNT ? group : GROUP_RECV] += hash;
    }
    *last = hash;
    id->sum += hash;
}

uint64_t weft__identity(const char *test)
{
    const weft__run *const run = &weft__the_run;
    weft__identifier id = {.capacity = 64};
    while (id.capacity < 2 * run->trace.count + 2) {
        id.capacity *= 2;
    }
    id.pasts = weft__grow(NULL, id.capacity * sizeof *id.pasts);
    memset(id.pasts, 0, id.capacity * sizeof *id.pasts);
    id.last = weft__grow(NULL, (run->member_count + 1) * sizeof *id.last);
    for (uint32_t slot = 0; slot < run->member_count; slot++) {
        id.last[slot] = run->members[slot].name;
    }
    for (size_t i = 0; i < run->trace.count; i++) {
        const weft__event *const event = &run->trace.events[i];
        add_event(&id, event, weft__name_of_object(event->object));
    }
    free(id.pasts);
    free(id.last);
    return weft__mix(weft__mix(id.sum, run->outcome.kind), weft__hash_text(test));
}
