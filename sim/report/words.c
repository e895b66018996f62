/* words.c: see words.h. */
#include "words.h"

#include <stdio.h>
#include <string.h>

#include "../net/network.h"
#include "../schedule/path.h"
#include "source.h"

const char *weft_finding_kind_name(weft_finding_kind kind)
{
    static const char *const names[] = {
        [WEFT_FOUND_NOTHING] = "nothing",
        [WEFT_FOUND_DEADLOCK] = "deadlock",
        [WEFT_FOUND_LEAK] = "leak",
        [WEFT_FOUND_PANIC] = "panic",
        [WEFT_FOUND_ASSERTION] = "assertion",
        [WEFT_FOUND_FATAL] = "fatal",
        [WEFT_FOUND_CRASH] = "crash",
        [WEFT_FOUND_RUNAWAY] = "runaway",
        [WEFT_FOUND_NEVER_REACHED] = "never-reached",
        [WEFT_FOUND_NONDETERMINISM] = "nondeterminism",
        [WEFT_FOUND_LIVELOCK] = "livelock",
        [WEFT_FOUND_STARVATION] = "starvation",
        [WEFT_FOUND_DATA_RACE] = "data-race",
        [WEFT_FOUND_MEMORY] = "memory-error",
    };
    return (size_t)kind < sizeof names / sizeof names[0] ? names[kind] : "unknown";
}

static const struct {
    const char *verb;
    const char *noun;
} words[] = {
#define X(name, verb, noun) {verb, noun},
    WEFT__OP_LIST(X)
#undef X
};

const char *weft__op_verb(uint16_t kind)
{
    return kind < WEFT__OP_COUNT ? words[kind].verb : "unknown";
}

const char *weft__op_noun(uint16_t kind)
{
    return kind < WEFT__OP_COUNT ? words[kind].noun : "";
}

const char *weft__memory_choice(uint16_t kind)
{
    return kind == WEFT__OP_LOAD    ? "an older value"
           : kind == WEFT__OP_STORE ? "overwritten already"
                                    : "an older value, or fails";
}

const char *weft__grouped(uint64_t number, char into[WEFT__GROUPED_SIZE])
{
    char digits[WEFT__GROUPED_SIZE];
    const int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    char *to = into;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            *to++ = ' ';
        }
        *to++ = digits[i];
    }
    *to = '\0';
    return into;
}

void weft__goroutine_label(uint32_t slot, char *into, size_t size)
{
    const weft__run *const run = &weft__the_run;
    if (slot == WEFT__TIMER_SLOT) {
        (void)snprintf(into, size, "timer");
        return;
    }
    unsigned same = 0;
    unsigned before = 0;
    for (uint32_t i = 0; i < run->member_count; i++) {
        if (strcmp(run->members[i].label, run->members[slot].label) == 0) {
            same++;
            before += i <= slot ? 1 : 0;
        }
    }
    if (same > 1) {
        (void)snprintf(into, size, "%s#%u", run->members[slot].label, before);
    } else {
        (void)snprintf(into, size, "%s", run->members[slot].label);
    }
}

void weft__object_name_text(uint64_t object, const void *address, char *into, size_t size)
{
    if (weft__io_tell(object, into, size) || weft__source_variable(address, into, size)) {
        return;
    }
    if (object == 0) {
        (void)snprintf(into, size, "%s", "");
    } else {
        weft__path_of_object(object, into, size);
    }
}

void weft__object_label(uint16_t kind, uint64_t object, const void *address, char *into,
                        size_t size)
{
    char name[192];
    weft__object_name_text(object, address, name, sizeof name);
    (void)snprintf(into, size, "%s %s", weft__op_noun(kind), name);
}

/* The event of the same goroutine before event i, other than the parts of one; i: there is none. */
static size_t previous_of_goroutine(size_t i)
{
    const weft__event *const events = weft__the_run.trace.events;
    for (size_t k = i; k-- > 0;) {
        if (events[k].slot == events[i].slot && (events[k].flags & WEFT__EVENT_PART) == 0) {
            return k;
        }
    }
    return i;
}

const void *weft__site_told(size_t i)
{
    const weft__trace *const trace = &weft__the_run.trace;
    const size_t before = previous_of_goroutine(i);
    const size_t before_that = previous_of_goroutine(before);
    switch (trace->events[i].kind) {
    case WEFT__OP_UNLOCK:
    case WEFT__OP_WUNLOCK:
    case WEFT__OP_RUNLOCK:
        return trace->places[trace->events[before].kind == WEFT__OP_COND_WAIT ? before : i].site;
    case WEFT__OP_LOCK:
    case WEFT__OP_WLOCK:
    case WEFT__OP_RLOCK:
        return trace
            ->places[trace->events[before_that].kind == WEFT__OP_COND_WAIT ? before_that : i]
            .site;
    default:
        return trace->places[i].site;
    }
}
