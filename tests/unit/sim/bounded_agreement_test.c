/* bounded_agreement_test.c: exploration within a bound finds what plain enumeration of every
 * decision within that bound finds, on small random programs: the same behaviours.
 *
 *   WEFT_TEST_PROGRAMS=5000   how many programs */
#include "../../support/explore.h"

#include <stdlib.h>

#include "memory.h"
#include "order/identity.h"
#include "run.h"
#include "strategy/bounded.h"
#include "strategy/patience.h"

#include "../../support/explored_program.h"
#include "odometer.h"

enum { PROGRAMS = 400, RUNS_MAX = 20000, CANDIDATES_MAX = 64, BOUNDS = 3 };

/* ---- Enumeration of every decision within the bound, depth first ---- */

static struct {
    uint32_t bound;
    uint32_t left;
    bool preemptive;
    weft__patience patience;
} budget WEFT_KEEP;

static bool enumerate_begin(weft__strategy *self, weft__stream *draws, uint64_t run)
{
    (void)self;
    (void)draws;
    budget.left = budget.bound;
    budget.patience = (weft__patience){0};
    return odometer_turn(run);
}

/* What it costs to pick each of the tasks: how often the default policy is to be refused. */
static void count_delays(weft__task *const *tasks, uint32_t count, uint32_t *costs)
{
    weft__task *rest[CANDIDATES_MAX];
    uint32_t index[CANDIDATES_MAX];
    for (uint32_t i = 0; i < count; i++) {
        rest[i] = tasks[i];
        index[i] = i;
    }
    for (uint32_t delays = 0; delays < count; delays++) {
        const uint32_t first = weft__run_default(rest, count - delays);
        costs[index[first]] = delays;
        for (uint32_t i = first; i + 1 < count - delays; i++) {
            rest[i] = rest[i + 1];
            index[i] = index[i + 1];
        }
    }
}

static void count_preemptions(weft__task *const *tasks, uint32_t count, const weft__task *current,
                              uint32_t *costs)
{
    const bool waits = weft__is_waiting(&budget.patience, current);
    bool goes_on = false;
    for (uint32_t i = 0; i < count; i++) {
        goes_on = goes_on || tasks[i] == current;
    }
    for (uint32_t i = 0; i < count; i++) {
        costs[i] = goes_on && (tasks[i] == current) == waits ? 1 : 0;
    }
}

static uint32_t enumerate_pick(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                               const weft__task *current)
{
    (void)self;
    uint32_t costs[CANDIDATES_MAX];
    uint32_t within[CANDIDATES_MAX];
    uint32_t within_count = 0;
    assert_true(count <= CANDIDATES_MAX);
    if (budget.preemptive) {
        count_preemptions(tasks, count, current, costs);
    } else {
        count_delays(tasks, count, costs);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (costs[i] <= budget.left) {
            within[within_count++] = i;
        }
    }
    const uint32_t chosen = within[odometer_decide(within_count)];
    budget.left -= costs[chosen];
    return chosen;
}

static weft__strategy enumerate WEFT_KEEP = {.name = "enumerate",
                                             .exhaustive = true,
                                             .begin = enumerate_begin,
                                             .pick = enumerate_pick,
                                             .choose = odometer_choose};

/* ---- Comparing ---- */

typedef struct survey {
    uint64_t *behaviours; /* different ones, in order */
    size_t count;
    size_t runs;
    bool complete;
} survey;

static int compare(const void *a, const void *b)
{
    const uint64_t first = *(const uint64_t *)a;
    const uint64_t second = *(const uint64_t *)b;
    return first < second ? -1 : first > second;
}

static void settle(survey *s)
{
    s->count = 0;
    qsort(s->behaviours, s->runs, sizeof *s->behaviours, compare);
    for (size_t i = 0; i < s->runs; i++) {
        if (i == 0 || s->behaviours[i] != s->behaviours[i - 1]) {
            s->behaviours[s->count++] = s->behaviours[i];
        }
    }
}

static void run_survey(weft__strategy *strategy, bool elastic, survey *s)
{
    static uint64_t exploration WEFT_KEEP = 2000000;
    weft__plan plan = {.exploration = ++exploration,
                       .main_fn = program_main,
                       .strategy = strategy,
                       .elastic = elastic,
                       .max_steps = 500,
                       .tail_steps = 500};
    s->runs = 0;
    s->complete = false;
    for (; plan.run < RUNS_MAX && !s->complete; plan.run++) {
        s->complete = !weft__run_execute(&plan);
        if (!s->complete) {
            s->behaviours[s->runs++] = weft__behaviour();
        }
        if (plan.run % 16 == 3 && !s->complete && strategy != &enumerate) {
            const weft__hash128 before = weft__trace_hash(&weft__the_run.trace);
            (void)weft__run_execute(&plan);
            const weft__hash128 after = weft__trace_hash(&weft__the_run.trace);
            assert_true(before.high == after.high && before.low == after.low);
        }
    }
    settle(s);
}

typedef struct totals {
    survey all;
    survey bounded;
    uint64_t programs;
    uint64_t compared;
    uint64_t enumerated;
    uint64_t executed;
    uint64_t behaviours;
    unsigned wrong;
} totals;

static void compare_strategy(totals *t, uint64_t number, const char *name)
{
    weft__strategy *const strategy = weft__bounded_find(name);
    run_survey(&enumerate, number % 2 == 0, &t->all);
    if (!t->all.complete) {
        return;
    }
    run_survey(strategy, number % 2 == 0, &t->bounded);
    t->compared++;
    t->enumerated += t->all.runs;
    t->executed += t->bounded.runs;
    t->behaviours += t->all.count;
    const weft__bounded_count *const count = weft__bounded_count_of(strategy);
    const bool same =
        t->bounded.complete && count->any && count->bound == budget.bound &&
        t->all.count == t->bounded.count &&
        memcmp(t->all.behaviours, t->bounded.behaviours, t->all.count * sizeof(uint64_t)) == 0;
    if (!same && t->wrong++ < 20) {
        printf("program %llu, %s: %zu behaviours in %zu runs, %zu in %zu by enumeration\n",
               (unsigned long long)number, name, t->bounded.count, t->bounded.runs, t->all.count,
               t->all.runs);
        program_print(&program_now, stdout);
    }
}

__attribute__((noinline)) static void compare_one(totals *t, uint64_t number)
{
    static const char *const names[2][BOUNDS] = {{"delays1", "delays2", "delays3"},
                                                 {"preemptions1", "preemptions2", "preemptions3"}};
    for (uint32_t i = 0; i < 2 * BOUNDS; i++) {
        budget.preemptive = i >= BOUNDS;
        budget.bound = 1 + i % BOUNDS;
        compare_strategy(t, number, names[i / BOUNDS][i % BOUNDS]);
    }
}

/* What lies above this frame is put back before each run, so the work is another function's. */
__attribute__((noinline)) static void compare_programs(totals *t)
{
    for (uint64_t number = 0; number < t->programs; number++) {
        weft__memory_forget();
        program_now = program_make_basic(number);
        weft__memory_remember(false, __builtin_frame_address(0));
        compare_one(t, number);
    }
}

static void test_agrees_with_enumeration(void **state)
{
    (void)state;
    const char *const wanted = getenv("WEFT_TEST_PROGRAMS");
    totals *const t = weft__grow(NULL, sizeof *t);
    *t = (totals){.programs = wanted == NULL ? PROGRAMS : strtoull(wanted, NULL, 10)};
    t->all.behaviours = weft__grow(NULL, RUNS_MAX * sizeof(uint64_t));
    t->bounded.behaviours = weft__grow(NULL, RUNS_MAX * sizeof(uint64_t));
    weft__the_run.goroutine_limit = 100;
    weft__memory_remember(false, __builtin_frame_address(0));
    compare_programs(t);
    weft__memory_forget();
    printf("%llu explorations, %llu runs by enumeration, %llu by exploration, %llu behaviours, "
           "%u wrong\n",
           (unsigned long long)t->compared, (unsigned long long)t->enumerated,
           (unsigned long long)t->executed, (unsigned long long)t->behaviours, t->wrong);
    assert_int_equal(t->wrong, 0);
    free(t->all.behaviours);
    free(t->bounded.behaviours);
    free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_enumeration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
