/* divergence.c: see divergence.h.
 *
 * Accesses are compared by where they are in the program, and reads by what they get: addresses may
 * differ where nothing else does. */
#include "divergence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../memory.h"
#include "../race/race.h"
#include "../race/watch.h"
#include "../report/source.h"
#include "../report/words.h"

enum { TRIES = 8 };

/* What one execution did. */
typedef struct weft__record {
    weft__access_log log;
    weft__event *events;
    weft__place *places;
    size_t event_count;
} weft__record;

static void clear(weft__record *record)
{
    free(record->log.list);
    free(record->events);
    free(record->places);
    *record = (weft__record){0};
}

static void execute(const weft__plan *plan, weft__record *record)
{
    const weft__trace *const trace = &weft__the_run.trace;
    weft__the_watch.log = &record->log;
    (void)weft__run_execute(plan);
    weft__the_watch.log = NULL;
    record->event_count = trace->count;
    record->events = weft__grow(NULL, trace->count * sizeof *record->events + 1);
    record->places = weft__grow(NULL, trace->count * sizeof *record->places + 1);
    memcpy(record->events, trace->events, trace->count * sizeof *record->events);
    memcpy(record->places, trace->places, trace->count * sizeof *record->places);
}

/* ---- Where they part ---- */

static bool same_access(const weft__logged *a, const weft__logged *b)
{
    return a->site == b->site && a->slot == b->slot && a->size == b->size;
}

static size_t first_other_access(const weft__access_log *a, const weft__access_log *b)
{
    size_t i = 0;
    while (i < a->count && i < b->count && same_access(&a->list[i], &b->list[i])) {
        i++;
    }
    return i;
}

/* The first read, before access `end`, that got another value; `end`: none. */
static size_t first_other_value(const weft__access_log *a, const weft__access_log *b, size_t end)
{
    size_t i = 0;
    while (i < end && a->list[i].value == b->list[i].value) {
        i++;
    }
    return i;
}

static size_t first_other_event(const weft__record *a, const weft__record *b)
{
    size_t i = 0;
    while (i < a->event_count && i < b->event_count &&
           memcmp(&a->events[i], &b->events[i], sizeof a->events[i]) == 0) {
        i++;
    }
    return i;
}

/* ---- In words ---- */

static void tell_access(const weft__access_log *log, size_t i, char *into, size_t size)
{
    char place[160];
    char label[64];
    if (i >= log->count) {
        (void)snprintf(into, size, "no access");
        return;
    }
    weft__source_place(log->list[i].site, place, sizeof place);
    weft__goroutine_label(log->list[i].slot, label, sizeof label);
    (void)snprintf(into, size, "%s by %s at %s", log->list[i].writes ? "write" : "read", label,
                   place);
}

static void tell_event(const weft__record *record, size_t i, char *into, size_t size)
{
    char place[160];
    char label[64];
    if (i >= record->event_count) {
        (void)snprintf(into, size, "the end");
        return;
    }
    weft__source_place(record->places[i].site, place, sizeof place);
    weft__goroutine_label(record->events[i].slot, label, sizeof label);
    (void)snprintf(into, size, "%s by %s at %s", weft__op_verb(record->events[i].kind), label,
                   place);
}

static void tell(const weft__record *a, const weft__record *b, char *into, size_t size)
{
    char one[256];
    char other[256];
    const size_t access = first_other_access(&a->log, &b->log);
    const size_t value = first_other_value(&a->log, &b->log, access);
    const size_t event = first_other_event(a, b);
    if (value < access) {
        tell_access(&a->log, value, one, sizeof one);
        (void)snprintf(into, size, "first another value for the %s", one);
    } else if (access < a->log.count || access < b->log.count) {
        tell_access(&a->log, access, one, sizeof one);
        tell_access(&b->log, access, other, sizeof other);
        (void)snprintf(into, size, "first %s, the other time %s", one, other);
    } else if (event < a->event_count || event < b->event_count) {
        tell_event(a, event, one, sizeof one);
        tell_event(b, event, other, sizeof other);
        (void)snprintf(into, size, "first %s, the other time %s", one, other);
    }
}

void weft__divergence_find(const weft__plan *plan, char *into, size_t size)
{
    weft__record first = {0};
    into[0] = '\0';
    execute(plan, &first);
    for (int i = 0; i < TRIES && into[0] == '\0'; i++) {
        weft__record next = {0};
        execute(plan, &next);
        tell(&first, &next, into, size);
        clear(&next);
    }
    clear(&first);
}
