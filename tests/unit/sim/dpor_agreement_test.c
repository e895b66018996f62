/* dpor_agreement_test.c: exhaustive exploration finds what plain enumeration of every decision
 * finds, on small random programs: the same behaviours, and the same outcomes. Each is found once,
 * but for programs in which timers are stopped or left behind.
 *
 *   WEFT_TEST_PROGRAMS=12000   how many programs, of each of the two sorts
 *   WEFT_TEST_PROGRAM=84       only this one */
#include "../../support/explore.h"

#include <stdlib.h>

#include "memory.h"
#include "order/identity.h"
#include "run.h"
#include "strategy/dpor.h"

#include "../../support/explored_program.h"
#include "odometer.h"

enum { PROGRAMS = 400, RUNS_MAX = 8000, WHOLE_RUNS_MAX = 2000 };

/* ---- Enumeration of every decision, depth first ---- */

static bool enumerate_begin(weft__strategy *self, weft__stream *draws, uint64_t run)
{
    (void)self;
    (void)draws;
    return odometer_turn(run);
}

static uint32_t enumerate_pick(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                               const weft__task *current)
{
    (void)self;
    (void)tasks;
    (void)current;
    return odometer_decide(count);
}

static weft__strategy enumerate WEFT_KEEP = {.name = "enumerate",
                                             .exhaustive = true,
                                             .begin = enumerate_begin,
                                             .pick = enumerate_pick,
                                             .choose = odometer_choose};

/* ---- Comparing ---- */

typedef struct run_seen {
    uint64_t behaviour;
    uint64_t outcome;
} run_seen;

typedef struct survey {
    run_seen *runs;
    unsigned run_count;
    unsigned failed;   /* runs that panicked */
    unsigned distinct; /* behaviours; after settle the runs are these, in order */
    bool complete;
    bool torn; /* one behaviour had two outcomes */
} survey;

static int compare(const void *a, const void *b)
{
    const run_seen *const first = a;
    const run_seen *const second = b;
    if (first->behaviour != second->behaviour) {
        return first->behaviour < second->behaviour ? -1 : 1;
    }
    return first->outcome < second->outcome ? -1 : first->outcome > second->outcome;
}

static void settle(survey *s)
{
    qsort(s->runs, s->run_count, sizeof *s->runs, compare);
    for (unsigned i = 0; i < s->run_count; i++) {
        if (s->distinct != 0 && s->runs[s->distinct - 1].behaviour == s->runs[i].behaviour) {
            s->torn = s->torn || s->runs[s->distinct - 1].outcome != s->runs[i].outcome;
        } else {
            s->runs[s->distinct++] = s->runs[i];
        }
    }
}

static void run_survey(weft__strategy *strategy, bool elastic, uint64_t runs_max, survey *s)
{
    static uint64_t exploration WEFT_KEEP = 1000000;
    weft__plan plan = {.exploration = ++exploration,
                       .main_fn = program_main,
                       .strategy = strategy,
                       .elastic = elastic,
                       .max_steps = 500,
                       .tail_steps = 500};
    *s = (survey){.runs = s->runs};
    for (; plan.run < runs_max; plan.run++) {
        if (!weft__run_execute(&plan)) {
            s->complete = true;
            break;
        }
        const weft_finding_kind verdict = weft__the_run.outcome.kind;
        const bool failed = verdict == WEFT_FOUND_PANIC;
        s->failed += failed ? 1 : 0;
        s->runs[s->run_count++] = (run_seen){
            .behaviour = weft__behaviour(),
            .outcome = failed ? 0 : program_outcome_hash(verdict),
        };
    }
    settle(s);
}

/* Leave out the failed runs: which of several subtractions from a wait group is one too many is not
 * told apart. */
static void forget_failed(survey *s)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < s->distinct; i++) {
        if (s->runs[i].outcome != 0) {
            s->runs[kept++] = s->runs[i];
        }
    }
    s->distinct = kept;
}

static const char *difference(survey *all, survey *dpor)
{
    const weft__dpor_count *const count = weft__dpor_count_now();
    if ((all->failed != 0) != (dpor->failed != 0)) {
        return "only one of them found a panic";
    }
    if (program_uses(&program_now, PROGRAM_DONE)) {
        forget_failed(all);
        forget_failed(dpor);
    }
    if (all->torn) {
        return "one behaviour had two outcomes: some conflict is not known";
    }
    if (all->distinct != dpor->distinct) {
        return "another number of behaviours";
    }
    for (unsigned i = 0; i < all->distinct; i++) {
        if (compare(&all->runs[i], &dpor->runs[i]) != 0) {
            return "other behaviours";
        }
    }
    /* A panic ends a run wherever the others are: there the same failure may be met again. */
    if (dpor->failed != 0) {
        return NULL;
    }
    if (program_now.whole) {
        return count->diverged != 0 ? "a plan could not be followed" : NULL;
    }
    return dpor->run_count != dpor->distinct ? "a behaviour was explored twice"
           : count->redundant != 0           ? "redundant runs"
           : count->diverged != 0            ? "a plan could not be followed"
                                             : NULL;
}

typedef struct totals {
    survey all;
    survey dpor;
    bool whole; /* programs of all kinds of steps */
    uint64_t first;
    uint64_t end;
    uint64_t compared;
    uint64_t partial;
    uint64_t enumerated;
    uint64_t behaviours;
    unsigned wrong;
} totals;

__attribute__((noinline)) static void compare_one(totals *t, uint64_t number)
{
    const uint64_t runs_max = t->whole ? WHOLE_RUNS_MAX : RUNS_MAX;
    run_survey(&enumerate, number % 2 == 0, runs_max, &t->all);
    if (!t->all.complete) {
        return;
    }
    run_survey(&weft__strategy_dpor, number % 2 == 0, RUNS_MAX, &t->dpor);
    if (weft__dpor_count_now()->partial) {
        t->partial++;
        return;
    }
    const char *const wrong = difference(&t->all, &t->dpor);
    t->compared++;
    t->enumerated += t->all.run_count;
    t->behaviours += t->all.distinct;
    if (wrong != NULL && t->wrong++ < 20) {
        printf("program %llu: %s: %u behaviours in %u runs, %u in %u by enumeration\n",
               (unsigned long long)number, wrong, t->dpor.distinct, t->dpor.run_count,
               t->all.distinct, t->all.run_count);
        program_print(&program_now, stdout);
    }
}

/* What lies above this frame is put back before each run, so the work is another function's. */
__attribute__((noinline)) static void compare_programs(totals *t)
{
    for (uint64_t number = t->first; number < t->end; number++) {
        weft__memory_forget();
        program_now = t->whole ? program_make_whole(number) : program_make_basic(number);
        weft__memory_remember(false, __builtin_frame_address(0));
        compare_one(t, number);
    }
}

static void agree(bool whole)
{
    const char *const only = getenv("WEFT_TEST_PROGRAM");
    totals *const t = weft__grow(NULL, sizeof *t);
    *t = (totals){.whole = whole, .end = PROGRAMS};
    if (only != NULL) {
        t->first = strtoull(only, NULL, 10);
        t->end = t->first + 1;
    }
    if (getenv("WEFT_TEST_PROGRAMS") != NULL) {
        t->end = strtoull(getenv("WEFT_TEST_PROGRAMS"), NULL, 10);
    }
    t->all.runs = weft__grow(NULL, RUNS_MAX * sizeof *t->all.runs);
    t->dpor.runs = weft__grow(NULL, RUNS_MAX * sizeof *t->dpor.runs);
    weft__the_run.goroutine_limit = 100;
    weft__memory_remember(false, __builtin_frame_address(0));
    compare_programs(t);
    weft__memory_forget();
    printf("%llu programs, %llu runs by enumeration, %llu behaviours, %u wrong; "
           "%llu partial\n",
           (unsigned long long)t->compared, (unsigned long long)t->enumerated,
           (unsigned long long)t->behaviours, t->wrong, (unsigned long long)t->partial);
    assert_int_equal(t->wrong, 0);
    free(t->all.runs);
    free(t->dpor.runs);
    free(t);
}

static void test_agrees_with_enumeration(void **state)
{
    (void)state;
    agree(false);
}

static void test_agrees_on_whole_programs(void **state)
{
    (void)state;
    agree(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_enumeration),
        cmocka_unit_test(test_agrees_on_whole_programs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
