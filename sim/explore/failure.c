/* failure.c: from a failing run to a finding. See explorer.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../explain/explain.h"
#include "../heap/heap.h"
#include "../memory.h"
#include "../predict/predict.h"
#include "../race/racy_lines.h"
#include "../race/race.h"
#include "../report/source.h"
#include "../report/words.h"
#include "../order/identity.h"
#include "../schedule/path.h"
#include "../schedule/shrink.h"
#include "../schedule/store.h"
#include "divergence.h"
#include "explorer.h"

/* ---- Findings ---- */

static const void *object_address(const weft__op *op)
{
    return op->kind == WEFT__OP_SELECT ? NULL : op->object;
}

/* The name of the object of a goroutine's last operation, from the trace: the object itself may be
 * gone. */
static uint64_t last_object(uint32_t slot)
{
    const weft__trace *const trace = &weft__the_run.trace;
    for (size_t i = trace->count; i-- > 0;) {
        const weft__event *const event = &trace->events[i];
        if (event->slot == slot && (event->flags & (WEFT__EVENT_CASE | WEFT__EVENT_CHOICE)) == 0) {
            return event->object;
        }
    }
    return 0;
}

static void describe_goroutine(uint32_t slot, const void *site, const char *reason,
                               weft_finding_goroutine *ret_goroutine)
{
    const weft__member *const member = &weft__the_run.members[slot];
    weft_finding_goroutine *const g = ret_goroutine;
    *g = (weft_finding_goroutine){0};
    weft__goroutine_label(slot, g->name, sizeof g->name);
    weft__path_of_goroutine(slot, g->path, sizeof g->path);
    (void)snprintf(g->reason, sizeof g->reason, "%s", reason);
    if (slot != weft__the_run.outcome.culprit && member->op.kind != WEFT__OP_SELECT &&
        member->op.object != NULL) {
        weft__object_label((uint16_t)member->op.kind, last_object(slot),
                           object_address(&member->op), g->object, sizeof g->object);
    }
    weft__source_place(site, g->place, sizeof g->place);
}

static void add_goroutine(weft_finding *finding, uint32_t slot, const void *site,
                          const char *reason)
{
    finding->goroutines = weft__grow(finding->goroutines,
                                     (finding->goroutine_count + 1) * sizeof *finding->goroutines);
    describe_goroutine(slot, site, reason, &finding->goroutines[finding->goroutine_count++]);
}

static void add_waiting(weft_finding *finding)
{
    const weft__run *const run = &weft__the_run;
    for (uint32_t slot = 0; slot < run->member_count; slot++) {
        const weft__member *const member = &run->members[slot];
        if (member->parked && !member->daemon) {
            add_goroutine(finding, slot, member->op.site, weft__why_text(member->why));
        }
    }
}

/* The last operation of the goroutine before event `at` that synchronises. */
static void describe_sync(uint32_t slot, size_t at, char *into, size_t size)
{
    const weft__trace *const trace = &weft__the_run.trace;
    for (size_t i = at; i-- > 0;) {
        const weft__event *const event = &trace->events[i];
        char object[96] = "";
        char place[120];
        if (event->slot != slot || (event->flags & WEFT__EVENT_PART) != 0 ||
            (event->kind >= WEFT__OP_READ && event->kind <= WEFT__OP_POINT)) {
            continue;
        }
        if (event->object != 0) {
            weft__object_name_text(event->object, trace->places[i].address, object, sizeof object);
        }
        weft__source_place(weft__site_told(i), place, sizeof place);
        (void)snprintf(into, size, "%s %s  %s", weft__op_verb(event->kind), object, place);
        return;
    }
    (void)snprintf(into, size, "its start");
}

static void add_access(weft_finding *finding, const weft__shadow_use *use, size_t at)
{
    char reason[64];
    weft__race_describe_use(use, reason, sizeof reason);
    add_goroutine(finding, use->slot, use->site, reason);
    weft_finding_goroutine *const g = &finding->goroutines[finding->goroutine_count - 1];
    weft__race_describe_place(use->address, g->object, sizeof g->object);
    describe_sync(use->slot, at, g->after, sizeof g->after);
}

/* Where the memory was allocated that the finding is about. NULL: it is about none. */
static char *stacks_of_memory(weft_finding_kind kind)
{
    enum { SIZE = 4096 };
    if (kind != WEFT_FOUND_MEMORY && kind != WEFT_FOUND_DATA_RACE) {
        return NULL;
    }
    char *const text = weft__grow(NULL, SIZE);
    if (kind == WEFT_FOUND_MEMORY) {
        weft__heap_stacks(text, SIZE);
    } else {
        weft__heap_stacks_of(weft__the_race.second.address, text, SIZE);
    }
    return text;
}

weft_finding *weft__finding_add(weft__explorer *e)
{
    weft_result *const result = e->result;
    const weft__outcome *const outcome = &weft__the_run.outcome;
    result->findings =
        weft__grow(result->findings, (result->finding_count + 1) * sizeof *result->findings);
    weft_finding *const finding = &result->findings[result->finding_count++];
    *finding = (weft_finding){.kind = outcome->kind, .run = e->plan.run, .depth = -1};
    (void)snprintf(finding->message, sizeof finding->message, "%s", outcome->message);
    finding->steps = weft__the_run.steps;
    finding->stacks = stacks_of_memory(outcome->kind);
    if (outcome->kind == WEFT_FOUND_DATA_RACE) {
        add_access(finding, &weft__the_race.second, weft__the_race.second_at);
        add_access(finding, &weft__the_race.first, weft__the_race.first_at);
    } else if (outcome->culprit != UINT32_MAX) {
        add_goroutine(finding, outcome->culprit, outcome->site,
                      weft_finding_kind_name(outcome->kind));
        if (outcome->place[0] != '\0') {
            (void)snprintf(finding->goroutines[0].place, sizeof finding->goroutines[0].place, "%s",
                           outcome->place);
        }
    } else if (outcome->kind == WEFT_FOUND_STARVATION) {
        add_goroutine(finding, outcome->starved, outcome->site,
                      weft_finding_kind_name(outcome->kind));
    } else if (outcome->kind == WEFT_FOUND_DEADLOCK || outcome->kind == WEFT_FOUND_LEAK ||
               outcome->kind == WEFT_FOUND_RUNAWAY || outcome->kind == WEFT_FOUND_LIVELOCK) {
        add_waiting(finding);
    }
    return finding;
}

/* ---- From the failing run to the schedule ---- */

static void fill_schedule(weft__explorer *e)
{
    weft__schedule *const s = &e->schedule;
    const weft__outcome *const outcome = &weft__the_run.outcome;
    (void)snprintf(s->test, sizeof s->test, "%s", e->settings.name);
    weft__source_program(s->program, sizeof s->program);
    weft__source_build(s->build, sizeof s->build);
    s->verdict = outcome->kind;
    (void)snprintf(s->message, sizeof s->message, "%s", outcome->message);
    s->seed = e->plan.seed;
    s->run = e->plan.same_random ? 0 : e->plan.run;
    (void)snprintf(s->strategy, sizeof s->strategy, "%s", e->settings.strategy);
    s->max_steps = e->plan.max_steps;
    s->memory = e->plan.memory;
    s->alloc_failures = weft__the_heap.may_fail;
    s->hash = weft__identity(s->test);
    memset(s->race, 0, sizeof s->race);
    if (s->verdict == WEFT_FOUND_DATA_RACE) {
        weft__source_place(weft__the_race.first.site, s->race[0].text, sizeof s->race[0].text);
        weft__source_place(weft__the_race.second.site, s->race[1].text, sizeof s->race[1].text);
    }
    weft__points_copy(&s->points);
    weft__schedule_take_input(s, e->input, e->input_size);
    weft__schedule_describe(s);
}

static void publish(weft__explorer *e, weft_finding *finding)
{
    (void)snprintf(finding->hash, sizeof finding->hash, "%016" PRIx64, e->schedule.hash);
    finding->token = weft__token_make(&e->schedule);
    finding->file = weft__store_save(e->settings.store, &e->schedule);
    finding->switches_shrunk = (uint32_t)e->schedule.decisions.count;
}

/* Replay the decisions; whether the run fails as `expected`. */
static bool fails_again(weft__explorer *e, const weft__outcome *expected)
{
    weft__reproduce_decisions(e);
    return weft__same_failure(&weft__the_run.outcome, expected);
}

static void report_unrepeatable(weft__explorer *e, const weft__outcome *expected)
{
    weft__outcome *const outcome = &weft__the_run.outcome;
    char where[200];
    weft__divergence_find(&e->plan, where, sizeof where);
    outcome->kind = WEFT_FOUND_NONDETERMINISM;
    outcome->culprit = UINT32_MAX;
    (void)snprintf(outcome->message, sizeof outcome->message,
                   "run %llu failed once (%s: %.150s) and not again: something that the simulator "
                   "does not control decides%s%s",
                   (unsigned long long)e->plan.run, weft_finding_kind_name(expected->kind),
                   expected->message, where[0] == '\0' ? "" : "; ", where);
    (void)weft__finding_add(e);
}

/* At most 1 s, or a tenth of the time that the exploration may take. */
static int64_t shrink_budget(const weft__explorer *e)
{
    const int64_t tenth_ns = e->settings.time_ns / 10;
    return e->settings.time_ns != WEFT_NEVER && tenth_ns > WEFT_SECOND ? tenth_ns : WEFT_SECOND;
}

static void mark_predicted(const weft__explorer *e, weft_finding *finding)
{
    if (e->plan.strategy == &weft__strategy_portfolio) {
        finding->predicted =
            weft__prediction_come_true(finding->run, finding->kind, &finding->predicted_from);
    }
}

void weft__failure_examine(weft__explorer *e)
{
    const uint64_t first_run = e->plan.run;
    const weft__outcome expected = weft__the_run.outcome;
    weft__plan_look_for(&e->plan, expected.kind, expected.race);
    weft__plan recording = e->plan;
    recording.record = &e->schedule.decisions;
    e->schedule.decisions.count = 0;
    (void)weft__run_execute(&recording); /* the first replay: by its number */
    const bool same = weft__same_failure(&weft__the_run.outcome, &expected);
    const uint32_t found = (uint32_t)e->schedule.decisions.count;
    if (!same || !fails_again(e, &expected)) { /* the second: by its decisions */
        report_unrepeatable(e, &expected);
        return;
    }
    const int64_t start_ns = weft__real_now();
    const weft__shrunk shrunk =
        weft__shrink(&e->schedule.decisions, &e->plan, &expected, shrink_budget(e));
    const int64_t shrink_ns = weft__real_now() - start_ns;
    if (!fails_again(e, &expected)) {
        report_unrepeatable(e, &expected);
        return;
    }
    fill_schedule(e);
    weft_finding *const finding = weft__finding_add(e);
    finding->run = first_run;
    mark_predicted(e, finding);
    finding->switches_found = found;
    finding->minimal = shrunk.minimal;
    finding->shrink_replays = shrunk.replays;
    finding->shrink_ns = shrink_ns;
    publish(e, finding);
    weft__explain(e, finding);
}
