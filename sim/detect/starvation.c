/* starvation.c: see starvation.h.
 *
 * One pass over the trace keeps for each goroutine since when, how often and with which event it
 * has asked in vain; a second one looks for others that got the same object.
 *
 * INVARIANTS
 *   - Steps are counted from 1, as run->steps does: events of timers and parts of events are none.
 */
#include "starvation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../memory.h"
#include "../report/words.h"

enum { ASKED_LEAST = 64 };

/* What an event says about the goroutine that it is of. */
typedef enum weft__token {
    NEUTRAL,      /* nothing: yields, locks, unlocks */
    ASKED,        /* in vain, and clearly for itself */
    LOOKED,       /* in vain; but to look may be all that it is for */
    PACED,        /* it takes its time: looking is what it is for */
    ENDED_A_WAIT, /* what it waited for at a condition has come */
    SERVED,
} weft__token;

/* In vain, so far. */
typedef struct weft__plea {
    uint64_t since; /* step after which there was nothing else */
    uint64_t count; /* in the window */
    size_t last;    /* event */
} weft__plea;

typedef struct weft__asker {
    weft__plea asked;
    weft__plea looked;
    uint64_t last_step; /* 0: none yet */
    size_t last;
} weft__asker;

static const weft__run *const run = &weft__the_run;

static const weft__trace *const trace = &weft__the_run.trace;

static bool is_ready(size_t i)
{
    return (trace->events[i].flags & WEFT__EVENT_READY) != 0;
}

static weft__token token_of_select(size_t i)
{
    const size_t end = weft__trace_next(trace, i);
    bool served = (trace->events[i].flags & WEFT__EVENT_PARKED) != 0; /* and woken, if it goes on */
    for (size_t part = i + 1; part < end; part++) {
        served = served || is_ready(part);
    }
    return served ? SERVED : LOOKED;
}

/* `before`: the goroutine's event before this one; its own if there is none. */
static weft__token token_of(size_t i, size_t before)
{
    switch ((weft__op_kind)trace->events[i].kind) {
    case WEFT__OP_YIELD:
    case WEFT__OP_NOW:
    case WEFT__OP_POINT:
    case WEFT__OP_FENCE:
    case WEFT__OP_BUSY:
    case WEFT__OP_LOCK:
    case WEFT__OP_RLOCK:
    case WEFT__OP_WLOCK:
        return NEUTRAL;
    case WEFT__OP_UNLOCK: /* waiting for a condition unlocks too */
    case WEFT__OP_RUNLOCK:
    case WEFT__OP_WUNLOCK:
        return trace->events[before].kind == WEFT__OP_COND_WAIT ? NEUTRAL : ENDED_A_WAIT;
    case WEFT__OP_COND_WAIT:
        return ASKED;
    case WEFT__OP_TRY_LOCK:
    case WEFT__OP_TRY_RLOCK:
    case WEFT__OP_TRY_WLOCK:
    case WEFT__OP_TRY_ACQUIRE:
        return is_ready(i) ? SERVED : ASKED;
    case WEFT__OP_UPDATE: /* that left the value as it was: weft__observe_settled */
    case WEFT__OP_MODIFY:
        return weft__access_reads(trace->touches[trace->places[i].touch].access) ? ASKED : SERVED;
    case WEFT__OP_TRY_SEND:
    case WEFT__OP_TRY_RECV:
        return is_ready(i) ? SERVED : LOOKED;
    case WEFT__OP_SELECT:
        return token_of_select(i);
    case WEFT__OP_READ:
    case WEFT__OP_LOAD:
    case WEFT__OP_LEN:
    case WEFT__OP_CONTEXT_ERR:
        return LOOKED;
    case WEFT__OP_SLEEP:
    case WEFT__OP_WRITE:
    case WEFT__OP_STORE:
        return PACED;
    default:
        return SERVED;
    }
}

static void plead(weft__plea *plea, size_t i, bool in_window)
{
    plea->count += in_window ? 1 : 0;
    plea->last = i;
}

static void note(weft__asker *asker, size_t i, uint64_t step, bool in_window)
{
    const weft__plea none = {.since = step};
    if (asker->last_step == 0) {
        *asker = (weft__asker){.asked = none, .looked = none, .last = i};
    }
    switch (token_of(i, asker->last)) {
    case ASKED:
        plead(&asker->asked, i, in_window);
        break;
    case LOOKED:
        plead(&asker->looked, i, in_window);
        break;
    case PACED:
        asker->looked = none;
        break;
    case ENDED_A_WAIT:
        if (trace->events[asker->asked.last].kind == WEFT__OP_COND_WAIT) {
            asker->asked = none;
        }
        break;
    case SERVED:
        asker->asked = none;
        asker->looked = none;
        break;
    case NEUTRAL:
        break;
    }
    asker->last_step = step;
    asker->last = i;
}

/* An asker for each slot, for the caller to free. */
static weft__asker *read_trace(uint64_t window)
{
    const size_t size = run->member_count * sizeof(weft__asker);
    weft__asker *const askers = weft__grow(NULL, size);
    uint64_t step = 0;
    memset(askers, 0, size);
    for (size_t i = 0; i < trace->count; i = weft__trace_next(trace, i)) {
        if (trace->events[i].slot != WEFT__TIMER_SLOT) {
            step++;
            note(&askers[trace->events[i].slot], i, step, step > window);
        }
    }
    return askers;
}

static bool waits_for_lock(const weft__member *member)
{
    return member->why == WEFT__WHY_MUTEX || member->why == WEFT__WHY_RLOCK ||
           member->why == WEFT__WHY_WLOCK;
}

/* What the goroutine is starved of; NULL: it is not. Writes into *asker. */
static const weft__plea *plea_of(uint32_t slot, weft__asker *asker, uint64_t window)
{
    const weft__member *const member = &run->members[slot];
    if (member->g == NULL || member->daemon || member->progress_at > window) {
        return NULL;
    }
    if (member->parked && waits_for_lock(member) && asker->last_step <= window) {
        asker->asked = (weft__plea){.since = asker->last_step, .last = asker->last};
        return &asker->asked;
    }
    if (asker->asked.since <= window && asker->asked.count >= ASKED_LEAST) {
        return &asker->asked;
    }
    return asker->looked.since <= window && asker->looked.count >= ASKED_LEAST ? &asker->looked
                                                                               : NULL;
}

static bool gets(size_t i)
{
    switch ((weft__op_kind)trace->events[i].kind) {
    case WEFT__OP_LOCK:
    case WEFT__OP_RLOCK:
    case WEFT__OP_WLOCK:
        return true;
    case WEFT__OP_UPDATE:
    case WEFT__OP_MODIFY:
        return token_of(i, i) == SERVED;
    default:
        return is_ready(i);
    }
}

/* Whether some who are not starved got, within the window, what event `wanted` asked for. */
static bool others_got_it(weft__asker *askers, size_t wanted, uint64_t window)
{
    uint64_t step = 0;
    for (size_t i = 0; i < trace->count; i = weft__trace_next(trace, i)) {
        const weft__event *const event = &trace->events[i];
        step += event->slot != WEFT__TIMER_SLOT ? 1 : 0;
        if (step > window && event->slot != WEFT__TIMER_SLOT && event->object != 0 &&
            event->object == trace->events[wanted].object && gets(i) &&
            plea_of(event->slot, &askers[event->slot], window) == NULL) {
            return true;
        }
    }
    return false;
}

static void write_outcome(uint32_t slot, const weft__plea *plea)
{
    const weft__event *const event = &trace->events[plea->last];
    weft__outcome *const outcome = &weft__the_run.outcome;
    char who[64];
    char what[128] = "";
    char how_often[64] = "";
    weft__goroutine_label(slot, who, sizeof who);
    if (event->object != 0) {
        weft__object_label(event->kind, event->object, trace->places[plea->last].address, what,
                           sizeof what);
    }
    if (plea->count != 0) {
        (void)snprintf(how_often, sizeof how_often, "%llu times in vain, all the time",
                       (unsigned long long)plea->count);
    }
    outcome->kind = WEFT_FOUND_STARVATION;
    outcome->starved = slot;
    outcome->site = trace->places[plea->last].site;
    (void)snprintf(outcome->message, sizeof outcome->message,
                   "%s: %s%s%s, %s since operation %llu of %llu, while others went on (WEFT_STEPS)",
                   who, weft__op_verb(event->kind), what[0] == '\0' ? "" : " ", what,
                   plea->count == 0 ? "waiting" : how_often, (unsigned long long)plea->since,
                   (unsigned long long)run->steps);
}

bool weft__starvation_judge(uint64_t since, bool progress)
{
    weft__asker *const askers = read_trace(since);
    const weft__plea *longest = NULL;
    uint32_t starved = 0;
    for (uint32_t slot = 0; slot < run->member_count; slot++) {
        const weft__plea *const plea = plea_of(slot, &askers[slot], since);
        if (plea == NULL || (!progress && !others_got_it(askers, plea->last, since))) {
            continue;
        }
        if (longest == NULL || plea->since < longest->since) {
            longest = plea;
            starved = slot;
        }
    }
    if (longest != NULL) {
        write_outcome(starved, longest);
    }
    free(askers);
    return longest != NULL;
}
