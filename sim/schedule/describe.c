/* describe.c: the last run in words, for the schedule file. See schedule.h. */
#include <string.h>

#include "../memory.h"
#include "../report/source.h"
#include "../report/words.h"
#include "path.h"
#include "schedule.h"

enum { STEPS_KEPT = 10000 };

/* "try send" becomes "try-send": fields are separated by blanks. */
static void put_word(char *into, size_t size, const char *text)
{
    (void)snprintf(into, size, "%s", text);
    for (char *c = into; *c != '\0'; c++) {
        if (*c == ' ') {
            *c = '-';
        }
    }
}

void weft__step_describe(const weft__event *event, const weft__place *place, weft__step *ret_step)
{
    if (event->slot == WEFT__TIMER_SLOT) {
        (void)snprintf(ret_step->actor, sizeof ret_step->actor, "timer");
    } else {
        weft__path_of_goroutine(event->slot, ret_step->actor, sizeof ret_step->actor);
    }
    put_word(ret_step->verb, sizeof ret_step->verb, weft__op_verb(event->kind));
    if (event->object != 0) {
        weft__path_of_object(event->object, ret_step->object, sizeof ret_step->object);
    } else {
        (void)snprintf(ret_step->object, sizeof ret_step->object, "-");
    }
    weft__source_place(place->site, ret_step->place, sizeof ret_step->place);
}

bool weft__step_same(const weft__step *a, const weft__step *b)
{
    return strcmp(a->actor, b->actor) == 0 && strcmp(a->verb, b->verb) == 0 &&
           strcmp(a->object, b->object) == 0;
}

/* The path of whatever task has this name in the last run. */
static void path_of_task(uint64_t name, char *into, size_t size)
{
    const weft__run *const run = &weft__the_run;
    const uint32_t slot = weft__run_slot_named(name);
    if (slot != UINT32_MAX) {
        weft__path_of_goroutine(slot, into, size);
        return;
    }
    for (size_t i = 0; i < run->trace.count; i++) {
        const weft__event *const event = &run->trace.events[i];
        if (event->kind == WEFT__OP_FIRE && weft__name_of_object(event->object) == name) {
            weft__path_of_object(event->object, into, size);
            return;
        }
    }
    (void)snprintf(into, size, "main"); /* it did not apply in this run */
}

static void describe_decision(const weft__decision *d, char *into, size_t size)
{
    char actor[WEFT__NAME_MAX];
    char target[WEFT__NAME_MAX];
    path_of_task(d->at.actor, actor, sizeof actor);
    if (d->is_choice != 0) {
        (void)snprintf(into, size, "choice %s %u %u %u", actor, d->at.seq, d->at.fires, d->choice);
        return;
    }
    path_of_task(d->target, target, sizeof target);
    (void)snprintf(into, size, "switch %s %u %u %u %s", actor, d->at.seq, d->at.parked, d->at.fires,
                   target);
}

void weft__schedule_describe(weft__schedule *schedule)
{
    const weft__trace *const trace = &weft__the_run.trace;
    const size_t count = schedule->decisions.count;
    schedule->decision_texts =
        weft__grow(schedule->decision_texts, (count + 1) * sizeof *schedule->decision_texts);
    for (size_t i = 0; i < count; i++) {
        describe_decision(&schedule->decisions.list[i], schedule->decision_texts[i],
                          sizeof schedule->decision_texts[i]);
    }
    const size_t room = trace->count < STEPS_KEPT ? trace->count + 1 : STEPS_KEPT;
    schedule->steps = weft__grow(schedule->steps, room * sizeof *schedule->steps);
    schedule->step_count = 0;
    for (size_t i = 0; i < trace->count && schedule->step_count < STEPS_KEPT; i++) {
        if ((trace->events[i].flags & (WEFT__EVENT_CASE | WEFT__EVENT_CHOICE)) == 0) {
            weft__step_describe(&trace->events[i], &trace->places[i],
                                &schedule->steps[schedule->step_count++]);
        }
    }
}
