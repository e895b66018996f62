/* telling.c: see telling.h. */
#include "telling.h"

#include <stdio.h>

#include "../net/network.h"
#include "../report/source.h"
#include "../report/words.h"

enum { NAME_SIZE = 96, PLACE_SIZE = 96, TEXT_SIZE = 256 };

static void tell_place(const weft__deed *deed, char into[PLACE_SIZE])
{
    weft__source_place(weft__site_told(deed->event), into, PLACE_SIZE);
}

static void tell_object(uint32_t event, char into[NAME_SIZE])
{
    const weft__trace *const trace = &weft__the_run.trace;
    into[0] = '\0';
    if (trace->events[event].object != 0) {
        weft__object_name_text(trace->events[event].object, trace->places[event].address, into,
                               NAME_SIZE);
    }
}

void weft__tell_operation(const weft__deed *deed, char *into, size_t size)
{
    char object[NAME_SIZE];
    char place[PLACE_SIZE];
    tell_object(deed->event, object);
    tell_place(deed, place);
    (void)snprintf(into, size, "%s%s%s  %s", weft__op_verb(deed->kind),
                   object[0] == '\0' ? "" : " ", object, place);
}

/* ---- What came of it ---- */

/* "worker#1, pool.c:41" */
static void tell_source(const weft__outline *outline, const weft__deed *deed, char into[TEXT_SIZE])
{
    const weft__deed *const source = &outline->deeds[deed->source - 1];
    char label[NAME_SIZE];
    char place[PLACE_SIZE];
    weft__goroutine_label(source->slot, label, sizeof label);
    if (source->slot == WEFT__TIMER_SLOT) {
        (void)snprintf(into, TEXT_SIZE, "%s", label);
        return;
    }
    tell_place(source, place);
    (void)snprintf(into, TEXT_SIZE, "%s, %s", label, place);
}

static bool reads(uint16_t kind)
{
    return weft__op_reads((weft__op_kind)kind) || weft__op_updates((weft__op_kind)kind) ||
           kind == WEFT__OP_POINT;
}

static bool receives(uint16_t kind)
{
    return kind == WEFT__OP_RECV || kind == WEFT__OP_TRY_RECV || kind == WEFT__OP_SELECT;
}

static const char *preposition(const weft__outline *outline, const weft__deed *deed)
{
    const uint16_t source = outline->deeds[deed->source - 1].kind;
    if (deed->waited) {
        return "waits for";
    }
    if (source == WEFT__OP_CLOSE) {
        return "closed by";
    }
    return receives(deed->kind) ? "from" : reads(deed->kind) ? "written by" : "after";
}

/* The case that a select took: "takes receive jobs, ". */
static void tell_case(const weft__deed *deed, char into[TEXT_SIZE])
{
    const weft__trace *const trace = &weft__the_run.trace;
    into[0] = '\0';
    for (uint32_t i = deed->event + 1; i < weft__trace_next(trace, deed->event); i++) {
        const weft__event *const event = &trace->events[i];
        if ((event->flags & WEFT__EVENT_CASE) != 0 && event->value + 1 == deed->chosen) {
            char object[NAME_SIZE];
            tell_object(i, object);
            (void)snprintf(into, TEXT_SIZE, "%s %s", weft__op_verb(event->kind), object);
        }
    }
}

/* What went wrong in an operation of the network by free choice. */
static void tell_mishap(const weft__deed *deed, char *into, size_t size)
{
    const weft__trace *const trace = &weft__the_run.trace;
    const char *text = "";
    for (size_t i = deed->event + 1; i < weft__trace_next(trace, deed->event); i++) {
        if (text[0] == '\0') {
            text = weft__mishap_text(trace->events[i].object, trace->events[i].value);
        }
    }
    (void)snprintf(into, size, "%s", text[0] == '\0' ? "nothing goes wrong" : text);
}

static void tell_without_source(const weft__deed *deed, char *into, size_t size)
{
    const weft_finding_kind kind = weft__the_run.outcome.kind;
    const bool tries = deed->kind == WEFT__OP_TRY_SEND || deed->kind == WEFT__OP_TRY_RECV;
    if (deed->for_ever) {
        (void)snprintf(into, size, "%s",
                       kind == WEFT_FOUND_DEADLOCK || kind == WEFT_FOUND_LEAK ? "waits for ever"
                                                                              : "still waits");
    } else if (deed->kind == WEFT__OP_SELECT) {
        (void)snprintf(into, size, "%s", deed->chosen == 0 ? "no case is ready" : "at once");
    } else if (tries) {
        (void)snprintf(into, size, "%s", deed->ready ? "at once" : "would have to wait");
    } else if (deed->chosen != 0 && weft__op_is_io((weft__op_kind)deed->kind)) {
        tell_mishap(deed, into, size);
    } else if (deed->chosen != 0 && !weft__op_is_of_variable((weft__op_kind)deed->kind)) {
        (void)snprintf(into, size, "chooses %u", deed->chosen - 1);
    } else {
        (void)snprintf(into, size, "%s", reads(deed->kind) ? "not written before" : "at once");
    }
}

void weft__tell_fate(const weft__outline *outline, const weft__deed *deed, char *into, size_t size)
{
    char source[TEXT_SIZE];
    char chosen[TEXT_SIZE] = "";
    char rest[TEXT_SIZE];
    if (weft__op_is_of_variable((weft__op_kind)deed->kind) && deed->chosen > 1) {
        (void)snprintf(into, size, "%s", weft__memory_choice(deed->kind));
        return;
    }
    if (deed->kind == WEFT__OP_SELECT && deed->chosen != 0) {
        tell_case(deed, chosen);
    }
    if (deed->source == 0) {
        tell_without_source(deed, rest, sizeof rest);
    } else {
        tell_source(outline, deed, source);
        (void)snprintf(rest, sizeof rest, "%s %.200s", preposition(outline, deed), source);
    }
    (void)snprintf(into, size, "%s%s%s", chosen, chosen[0] == '\0' ? "" : ", ", rest);
}

/* ---- Sentences ---- */

static const char *phrase(uint16_t kind)
{
    /* completed by the object */
    static const char *const phrases[WEFT__OP_COUNT] = {
        [WEFT__OP_SEND] = "sends to",
        [WEFT__OP_RECV] = "receives from",
        [WEFT__OP_TRY_SEND] = "tries to send to",
        [WEFT__OP_TRY_RECV] = "tries to receive from",
        [WEFT__OP_CLOSE] = "closes",
        [WEFT__OP_SELECT] = "selects on",
        [WEFT__OP_LEN] = "asks for the length of",
        [WEFT__OP_LOCK] = "locks",
        [WEFT__OP_TRY_LOCK] = "tries to lock",
        [WEFT__OP_UNLOCK] = "unlocks",
        [WEFT__OP_RLOCK] = "read-locks",
        [WEFT__OP_TRY_RLOCK] = "tries to read-lock",
        [WEFT__OP_RUNLOCK] = "read-unlocks",
        [WEFT__OP_WLOCK] = "write-locks",
        [WEFT__OP_TRY_WLOCK] = "tries to write-lock",
        [WEFT__OP_WUNLOCK] = "write-unlocks",
        [WEFT__OP_COND_WAIT] = "waits for",
        [WEFT__OP_SIGNAL] = "signals",
        [WEFT__OP_BROADCAST] = "broadcasts",
        [WEFT__OP_WG_ADD] = "adds to",
        [WEFT__OP_WG_WAIT] = "waits for",
        [WEFT__OP_ONCE] = "does",
        [WEFT__OP_ONCE_END] = "ends",
        [WEFT__OP_ACQUIRE] = "acquires",
        [WEFT__OP_TRY_ACQUIRE] = "tries to acquire",
        [WEFT__OP_RELEASE] = "releases",
        [WEFT__OP_CONTEXT_MAKE] = "derives from",
        [WEFT__OP_CANCEL] = "cancels",
        [WEFT__OP_CANCEL_END] = "has cancelled",
        [WEFT__OP_CONTEXT_ERR] = "looks at",
        [WEFT__OP_TIMER_STOP] = "stops",
        [WEFT__OP_TIMER_RESET] = "resets",
        [WEFT__OP_READ] = "reads",
        [WEFT__OP_WRITE] = "writes",
        [WEFT__OP_UPDATE] = "updates",
        [WEFT__OP_POINT] = "accesses",
        [WEFT__OP_LOAD] = "loads",
        [WEFT__OP_STORE] = "stores to",
        [WEFT__OP_MODIFY] = "modifies",
        [WEFT__OP_FENCE] = "fences",
        [WEFT__OP_BUSY] = "goes on",
        [WEFT__OP_CONNECT] = "connects",
        [WEFT__OP_ACCEPT] = "accepts from",
        [WEFT__OP_IN] = "reads from",
        [WEFT__OP_OUT] = "writes to",
        [WEFT__OP_POLL] = "polls",
        [WEFT__OP_SHUTDOWN] = "shuts down",
        [WEFT__OP_SHUT] = "closes",
        [WEFT__OP_FILE] = "uses",
        [WEFT__OP_SYNC] = "syncs",
    };
    return phrases[kind] == NULL ? weft__op_verb(kind) : phrases[kind];
}

/* The event that names the object: of a select, that of its case number `key`. */
static uint32_t event_of_key(const weft__deed *deed, uint32_t key)
{
    const weft__trace *const trace = &weft__the_run.trace;
    if (deed->kind != WEFT__OP_SELECT) {
        return deed->event;
    }
    for (uint32_t i = deed->event + 1; i < weft__trace_next(trace, deed->event); i++) {
        if ((trace->events[i].flags & WEFT__EVENT_CASE) != 0 && key-- == 0) {
            return i;
        }
    }
    return deed->event;
}

/* " for the 2nd time", if the goroutine does this to that object more than once. */
static void tell_number(const weft__facet *facet, char into[32])
{
    static const char *const suffixes[] = {"th", "st", "nd", "rd"};
    uint32_t total = 0;
    const uint32_t number = weft__facet_number(facet, &total);
    const uint32_t last = number % 100 / 10 == 1 ? 0 : number % 10;
    into[0] = '\0';
    if (total > 1 && number == 1) {
        (void)snprintf(into, 32, " for the first time");
    } else if (total > 1) {
        (void)snprintf(into, 32, " for the %u%s time", number, suffixes[last > 3 ? 0 : last]);
    }
}

void weft__tell_sentence(const weft__facet *facet, char *into, size_t size)
{
    const weft__deed *const deed = weft__facet_deed(facet);
    char label[NAME_SIZE];
    char object[NAME_SIZE];
    char place[PLACE_SIZE];
    char number[32];
    weft__goroutine_label(deed->slot, label, sizeof label);
    tell_object(event_of_key(deed, facet->key), object);
    tell_place(deed, place);
    tell_number(facet, number);
    (void)snprintf(into, size, "%s %s %s%s (%s)", label, phrase(deed->kind), object, number, place);
}
