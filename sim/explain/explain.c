/* explain.c: see explain.h. The nearest run that passes is one with a decision less, and with the
 * fewest operations that got something else. */
#include "explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../memory.h"
#include "../report/report.h"
#include "../report/words.h"
#include "telling.h"

enum { STEPS_MAX = 2000, DIFFERENCES_MAX = 64, NEIGHBOURS_MAX = 16, PASSING_RUNS = 50 };

/* In all: what takes 0.2 s in the usual case. */
#define STEPS_IN_ALL UINT64_C(1000000)

bool weft__inquiry_over(const weft__inquiry *q)
{
    return q->steps_left == 0 || weft__real_now() > q->deadline_ns;
}

bool weft__inquiry_ran(weft__inquiry *q)
{
    const uint64_t steps = weft__the_run.steps + 10; /* a run costs something before its first */
    q->steps_left -= steps < q->steps_left ? steps : q->steps_left;
    return weft__same_failure(&weft__the_run.outcome, &q->wanted);
}

static void replay(weft__inquiry *q, const weft__decisions *decisions)
{
    weft__replayer replayer;
    weft__replayer_init(&replayer, decisions);
    weft__replay(&replayer, &q->plan);
    weft__replayer_clear(&replayer);
    (void)weft__inquiry_ran(q);
}

/* Replay what was outlined, to tell of it. false: it did something else. */
static bool revisit(weft__inquiry *q, const weft__decisions *decisions,
                    const weft__outline *outline)
{
    replay(q, decisions);
    return weft__the_run.trace.count == outline->event_count;
}

/* ---- The nearest run that passes ---- */

typedef struct weft__neighbour {
    weft__differences differences; /* from the failing run */
    size_t without;                /* this one of its decisions */
} weft__neighbour;

/* Try without that decision, and keep what is nearer than what there is. */
static void try_without(weft__inquiry *q, weft__explorer *e, size_t without,
                        weft__neighbour *nearest)
{
    weft__decisions trial = {0};
    weft__outline outline = {0};
    weft__differences differences = {0};
    weft__decisions_without(&trial, &e->schedule.decisions, without, 1);
    const bool made = weft__outline_make(&outline, &trial, &q->plan, STEPS_MAX);
    (void)weft__inquiry_ran(q);
    e->needed[without] = weft__the_run.outcome.kind == WEFT_FOUND_NOTHING;
    if (made && e->needed[without]) {
        weft__compare(&q->failing, &outline, &differences);
    }
    if (differences.count != 0 &&
        (q->passing.count == 0 || differences.count < nearest->differences.count)) {
        const weft__outline old = q->passing;
        const weft__decisions old_decisions = q->passing_decisions;
        const weft__neighbour old_nearest = *nearest;
        q->passing = outline;
        q->passing_decisions = trial;
        *nearest = (weft__neighbour){.differences = differences, .without = without};
        outline = old;
        trial = old_decisions;
        differences = old_nearest.differences;
    }
    weft__outline_clear(&outline);
    free(differences.list);
    free(trial.list);
}

static void name_nearest(const weft__explorer *e, size_t without, weft_finding *finding)
{
    const bool is_choice = e->schedule.decisions.list[without].is_choice != 0;
    const size_t at = e->forced_at == NULL ? 0 : e->forced_at[without];
    if (at != 0) {
        (void)snprintf(finding->nearest, sizeof finding->nearest, "without the %s at step %zu",
                       is_choice ? "choice" : "switch",
                       weft__report_rows(at - 1) + (is_choice ? 0 : 1));
    }
}

static void tell_passing(const weft__inquiry *q, const weft__difference *difference, char *into,
                         size_t size)
{
    if (difference->passing == 0) {
        (void)snprintf(into, size, "does not come to it");
        return;
    }
    const weft__deed *const deed = &q->passing.deeds[difference->passing - 1];
    if (!difference->other) {
        weft__tell_fate(&q->passing, deed, into, size);
        return;
    }
    char operation[160];
    weft__tell_operation(deed, operation, sizeof operation);
    (void)snprintf(into, size, "%s instead", operation);
}

static void tell_failing(const weft__inquiry *q, const weft__neighbour *nearest,
                         weft_finding *finding)
{
    for (size_t i = 0; i < finding->difference_count; i++) {
        const weft__deed *const deed = &q->failing.deeds[nearest->differences.list[i].failing];
        weft_finding_difference *const row = &finding->differences[i];
        weft__goroutine_label(deed->slot, row->goroutine, sizeof row->goroutine);
        weft__tell_operation(deed, row->operation, sizeof row->operation);
        weft__tell_fate(&q->failing, deed, row->failing, sizeof row->failing);
    }
}

static void tell_nearest(weft__inquiry *q, const weft__neighbour *nearest, weft_finding *finding)
{
    const size_t count = nearest->differences.count < DIFFERENCES_MAX ? nearest->differences.count
                                                                      : DIFFERENCES_MAX;
    finding->differences = weft__grow(NULL, count * sizeof *finding->differences);
    memset(finding->differences, 0, count * sizeof *finding->differences);
    finding->difference_count = count;
    if (revisit(q, &q->e->schedule.decisions, &q->failing)) {
        name_nearest(q->e, nearest->without, finding);
        tell_failing(q, nearest, finding);
    }
    if (revisit(q, &q->passing_decisions, &q->passing)) {
        for (size_t i = 0; i < count; i++) {
            tell_passing(q, &nearest->differences.list[i], finding->differences[i].passing,
                         sizeof finding->differences[i].passing);
        }
    } else {
        finding->nearest[0] = '\0';
    }
    if (finding->nearest[0] == '\0') {
        finding->difference_count = 0; /* it did not repeat */
    }
}

static void explain_nearest(weft__inquiry *q, weft__explorer *e, weft_finding *finding)
{
    const size_t count = e->schedule.decisions.count;
    weft__neighbour nearest = {0};
    e->needed = weft__grow(e->needed, count + 1);
    memset(e->needed, 0, count + 1);
    for (size_t i = 0; i < count && i < NEIGHBOURS_MAX && !weft__inquiry_over(q); i++) {
        try_without(q, e, i, &nearest);
    }
    if (nearest.differences.count != 0) {
        tell_nearest(q, &nearest, finding);
    }
    free(nearest.differences.list);
}

/* ---- What before what ---- */

/* Any run that passes, for what comes in another order there. */
static void find_passing(weft__inquiry *q)
{
    weft__plan plan = q->plan;
    plan.strategy = &weft__strategy_pos;
    plan.record = &q->passing_decisions;
    for (plan.redraw = 1; plan.redraw <= PASSING_RUNS && !weft__inquiry_over(q); plan.redraw++) {
        q->passing_decisions.count = 0;
        (void)weft__run_execute(&plan);
        (void)weft__inquiry_ran(q);
        if (weft__the_run.outcome.kind == WEFT_FOUND_NOTHING) {
            (void)weft__outline_make(&q->passing, &q->passing_decisions, &q->plan, STEPS_MAX);
            (void)weft__inquiry_ran(q);
            return;
        }
    }
}

/* The sentences about operations of this outline, whose run is the last. */
static void tell_acts(const weft__outline *outline, const weft__wish *wishes, size_t count,
                      weft_finding *finding)
{
    for (size_t i = 0; i < count; i++) {
        weft_finding_order *const order = &finding->orders[i];
        if (wishes[i].first.outline == outline) {
            weft__tell_sentence(&wishes[i].first, order->before, sizeof order->before);
        }
        if (wishes[i].second.outline == outline) {
            weft__tell_sentence(&wishes[i].second, order->after, sizeof order->after);
        }
    }
}

static bool tell_orders(weft__inquiry *q, const weft__wish *wishes, size_t count,
                        weft_finding *finding)
{
    finding->orders = weft__grow(NULL, (count + 1) * sizeof *finding->orders);
    memset(finding->orders, 0, (count + 1) * sizeof *finding->orders);
    if (q->passing.count != 0) {
        if (!revisit(q, &q->passing_decisions, &q->passing)) {
            return false;
        }
        tell_acts(&q->passing, wishes, count, finding);
    }
    if (!revisit(q, &q->e->schedule.decisions, &q->failing)) {
        return false;
    }
    tell_acts(&q->failing, wishes, count, finding);
    return true;
}

/* In the order in which they happened. */
static void sort_wishes(weft__wish *wishes, int count)
{
    for (int i = 1; i < count; i++) {
        for (int k = i; k > 0 && wishes[k].first.deed < wishes[k - 1].first.deed; k--) {
            const weft__wish later = wishes[k - 1];
            wishes[k - 1] = wishes[k];
            wishes[k] = later;
        }
    }
}

static void explain_orders(weft__inquiry *q, weft_finding *finding)
{
    weft__wish wishes[WEFT__ORDERS_MAX];
    if (q->passing.count == 0) {
        find_passing(q);
    }
    const int count = weft__wishes_search(q, wishes);
    sort_wishes(wishes, count);
    if (count >= 0 && tell_orders(q, wishes, (size_t)count, finding)) {
        finding->depth = count;
        finding->order_count = (size_t)count;
    }
}

/* ---- All of it ---- */

static bool explainable(weft_finding_kind kind)
{
    return kind == WEFT_FOUND_DEADLOCK || kind == WEFT_FOUND_LEAK || kind == WEFT_FOUND_PANIC ||
           kind == WEFT_FOUND_ASSERTION || kind == WEFT_FOUND_FATAL || kind == WEFT_FOUND_CRASH;
}

/* Runs that go on for much longer than the failing one tell nothing. The step bound itself stays,
 * since the default policy depends on it. */
static weft__plan plan_like(const weft__plan *plan)
{
    weft__plan mine = *plan;
    mine.record = NULL;
    mine.cut_steps = 4 * weft__the_run.steps + 1000;
    return mine;
}

void weft__explain(weft__explorer *e, weft_finding *finding)
{
    if (!explainable(finding->kind) || weft__the_run.steps > STEPS_MAX) {
        return;
    }
    const int64_t budget_ns = e->settings.time_ns / 10 < WEFT_SECOND ? e->settings.time_ns / 10
                                                                     : WEFT_SECOND;
    weft__inquiry q = {
        .e = e,
        .plan = plan_like(&e->plan),
        .wanted = weft__the_run.outcome,
        .steps_left = STEPS_IN_ALL,
        .deadline_ns = weft__real_now() + budget_ns,
    };
    const bool made = weft__outline_make(&q.failing, &e->schedule.decisions, &q.plan, STEPS_MAX);
    if (weft__inquiry_ran(&q) && made) {
        explain_nearest(&q, e, finding);
        explain_orders(&q, finding);
    }
    replay(&q, &e->schedule.decisions); /* the report is about this run */
    weft__outline_clear(&q.failing);
    weft__outline_clear(&q.passing);
    free(q.passing_decisions.list);
}
