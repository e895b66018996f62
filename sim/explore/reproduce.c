/* reproduce.c: WEFT_REPLAY. See explorer.h.
 *
 * The run takes place once, loudly, so that a debugger sees what failed. Then its steps are
 * compared with the recorded ones: where they differ first is where an edit of the program took
 * effect. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../heap/heap.h"
#include "../race/race.h"
#include "../report/console.h"
#include "../report/report.h"
#include "../report/source.h"
#include "../order/identity.h"
#include "../schedule/store.h"
#include "explorer.h"

static bool found_its_test WEFT_KEEP;
static bool skipped_some WEFT_KEEP;

/* A schedule that no test of the program answers to must not pass in silence. */
static void check_at_exit(void)
{
    if (skipped_some && !found_its_test) {
        weft__console_error("WEFT_REPLAY: no test of this program has the name that the schedule "
                            "was recorded for: nothing was replayed");
        (void)fflush(NULL);
        _exit(2);
    }
}

static void note_skipped(void)
{
    if (!skipped_some) {
        skipped_some = true;
        (void)atexit(check_at_exit);
    }
}

/* Index of the first step that differs from the recorded ones; the number of recorded steps if the
 * run did all of them. */
static size_t first_difference(const weft__schedule *s, weft__step *ret_actual, bool *ret_ended)
{
    const weft__trace *const trace = &weft__the_run.trace;
    size_t step = 0;
    *ret_ended = false;
    for (size_t i = 0; i < trace->count && step < s->step_count; i++) {
        if ((trace->events[i].flags & (WEFT__EVENT_CASE | WEFT__EVENT_CHOICE)) != 0) {
            continue;
        }
        weft__step_describe(&trace->events[i], &trace->places[i], ret_actual);
        if (!weft__step_same(&s->steps[step], ret_actual)) {
            return step;
        }
        step++;
    }
    *ret_ended = step < s->step_count;
    return step;
}

static void tell_difference(const weft__explorer *e)
{
    const weft__schedule *const s = &e->schedule;
    weft__step actual;
    bool ended = false;
    const size_t step = first_difference(s, &actual, &ended);
    if (step == s->step_count) {
        return;
    }
    weft__report_divergence(step + 1, &s->steps[step], ended ? NULL : &actual);
}

static int check_program(const weft__explorer *e)
{
    char program[WEFT__NAME_MAX];
    weft__source_program(program, sizeof program);
    if (strcmp(program, e->schedule.program) != 0) {
        weft__console_error("WEFT_REPLAY: the schedule is of another program: %s, not %s",
                            e->schedule.program, program);
        return -EINVAL;
    }
    return strcmp(e->schedule.test, e->settings.name) == 0 ? 0 : 1;
}

void weft__reproduce_decisions(weft__explorer *e)
{
    weft__replayer replayer;
    weft__replayer_init(&replayer, &e->schedule.decisions);
    weft__replay(&replayer, &e->plan);
    free(e->forced_at);
    e->forced_at = replayer.applied_at;
    replayer.applied_at = NULL;
    weft__replayer_clear(&replayer);
}

/* The schedule points of the recorded run, and its race. */
static void take_points(weft__explorer *e)
{
    const weft__schedule *const s = &e->schedule;
    weft__points_reset();
    for (size_t i = 0; i < s->points.count; i++) {
        weft__points_add(s->points.lines[i].text);
    }
    weft__plan_look_for(&e->plan, s->verdict,
                        weft__race_signature(weft__source_line_number(s->race[0].text),
                                             weft__source_line_number(s->race[1].text)));
}

void weft__reproduce_once(weft__explorer *e)
{
    take_points(e);
    e->plan.seed = e->schedule.seed;
    e->plan.run = e->schedule.run;
    e->plan.max_steps = e->schedule.max_steps;
    e->plan.memory = e->schedule.memory;
    weft__the_heap.may_fail = e->schedule.alloc_failures;
    e->plan.tail_steps = e->schedule.max_steps / WEFT__TAIL_SHARE;
    weft__reproduce_decisions(e);
}

int weft__reproduce(weft__explorer *e)
{
    int status = weft__store_load(e->settings.store, e->settings.replay, &e->schedule);
    if (status != 0) {
        return status;
    }
    status = check_program(e);
    if (status != 0) {
        if (status > 0) {
            note_skipped();
        }
        return status;
    }
    found_its_test = true;
    e->reproducing = true;
    weft__reproduce_once(e);
    e->result->runs = 1;
    e->result->steps = weft__the_run.steps;
    (void)fflush(stdout);
    const weft__outcome *const outcome = &weft__the_run.outcome;
    if (outcome->kind == WEFT_FOUND_NOTHING) {
        weft__report_gone(&e->schedule);
    } else {
        weft_finding *const finding = weft__finding_add(e);
        (void)snprintf(finding->hash, sizeof finding->hash, "%016llx",
                       (unsigned long long)weft__identity(e->schedule.test));
        finding->switches_shrunk = (uint32_t)e->schedule.decisions.count;
        finding->switches_found = finding->switches_shrunk;
        if (outcome->kind != e->schedule.verdict) {
            weft__report_other(&e->schedule);
        }
    }
    tell_difference(e);
    return 0;
}
