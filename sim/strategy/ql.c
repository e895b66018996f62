/* ql.c: Q-learning over the states that the program tells with weft_state.
 *
 * Which goroutine to run in which state is learned from earlier runs: each decision is punished by
 * how often the state that followed it has been met, so that rare states attract. Mukherjee and
 * others, "Learning-Based Controlled Concurrency Testing" (OOPSLA 2020). Without weft_state, or
 * with one that says little, it is a random walk that avoids what it did before. No guarantee.
 *
 * INVARIANTS
 *   - Only teaching runs teach (profile.h), each once and only runs of higher numbers: so a run
 *     depends on the seed and its number only, and repeats when it is executed again.
 *   - No function of libm is called: the draws do not depend on its version. */
#include <stdlib.h>
#include <string.h>

#include "../memory.h"
#include "../run.h"
#include "profile.h"

#define LEARNING_RATE 0.3
#define DISCOUNT 0.7

enum { CELLS_MAX = 1 << 16, PROBES_MAX = 32 };

/* Of a state and a goroutine: what running it there is worth. Of a state and no goroutine: how
 * often it was met. */
typedef struct cell {
    uint64_t key; /* 0: free */
    double value;
} cell;

typedef struct decision {
    uint64_t state;
    uint64_t chosen; /* the name of the task */
    size_t tasks;    /* its alternatives' names start here, */
    size_t tasks_end;
} decision;

static struct {
    cell *cells;
    uint64_t exploration;
    uint64_t next_teacher; /* learn from no run below */
    uint64_t run;
    bool learning; /* the decisions are those of a run that will teach */
    uint64_t last_state;
    decision *decisions;
    size_t count;
    size_t capacity;
    uint64_t *tasks;
    size_t task_count;
    size_t task_capacity;
    double *weights;
    size_t weight_capacity;
    weft__stream *draws;
} ql WEFT_KEEP;

/* ---- What is known ---- */

/* NULL: nothing, and, if it is to be added, there is no room. */
static cell *find(uint64_t state, uint64_t name, bool add)
{
    const uint64_t key = weft__mix(state, name) | 1;
    for (uint64_t probe = 0; probe < PROBES_MAX; probe++) {
        cell *const c = &ql.cells[((key >> 1) + probe) & (CELLS_MAX - 1)];
        if (c->key == key) {
            return c;
        }
        if (c->key == 0) {
            c->key = add ? key : 0;
            return add ? c : NULL;
        }
    }
    return NULL;
}

static double worth(uint64_t state, uint64_t name)
{
    const cell *const c = find(state, name, false);
    return c == NULL ? 0 : c->value;
}

/* ---- Learning ---- */

static double best_of(const decision *d)
{
    double best = worth(d->state, ql.tasks[d->tasks]);
    for (size_t i = d->tasks + 1; i < d->tasks_end; i++) {
        const double other = worth(d->state, ql.tasks[i]);
        best = other > best ? other : best;
    }
    return best;
}

/* From the last decision to the first, so that what followed is known. */
static void learn(void)
{
    for (size_t n = ql.count; n-- > 0;) {
        const decision *const d = &ql.decisions[n];
        const bool last = n + 1 == ql.count;
        cell *const visits = find(last ? ql.last_state : d[1].state, 0, true);
        cell *const own = find(d->state, d->chosen, true);
        if (visits == NULL || own == NULL) {
            continue;
        }
        visits->value++;
        const double expected = last ? 0 : best_of(d + 1);
        own->value += LEARNING_RATE * (DISCOUNT * expected - visits->value - own->value);
    }
}

static bool begin(weft__strategy *self, weft__stream *draws, uint64_t run)
{
    (void)self;
    if (ql.cells == NULL || ql.exploration != weft__the_run.plan.exploration) {
        ql.cells = weft__grow(ql.cells, CELLS_MAX * sizeof *ql.cells);
        memset(ql.cells, 0, CELLS_MAX * sizeof *ql.cells);
        ql.exploration = weft__the_run.plan.exploration;
        ql.next_teacher = 0;
        ql.learning = false;
    }
    if (ql.learning && run > ql.run) {
        learn();
        ql.next_teacher = ql.run + 1;
    }
    ql.learning = weft__run_teaches(run) && run >= ql.next_teacher;
    ql.run = run;
    ql.count = 0;
    ql.task_count = 0;
    ql.draws = draws;
    return true;
}

/* ---- While a run takes place ---- */

static void remember(weft__task *const *tasks, uint32_t count, uint32_t chosen)
{
    if (ql.count == ql.capacity) {
        ql.capacity = ql.capacity == 0 ? 256 : 2 * ql.capacity;
        ql.decisions = weft__grow(ql.decisions, ql.capacity * sizeof *ql.decisions);
    }
    if (ql.task_count + count > ql.task_capacity) {
        ql.task_capacity = 2 * (ql.task_count + count);
        ql.tasks = weft__grow(ql.tasks, ql.task_capacity * sizeof *ql.tasks);
    }
    ql.decisions[ql.count++] = (decision){
        .state = weft__the_run.state,
        .chosen = tasks[chosen]->name,
        .tasks = ql.task_count,
        .tasks_end = ql.task_count + count,
    };
    for (uint32_t i = 0; i < count; i++) {
        ql.tasks[ql.task_count++] = tasks[i]->name;
    }
}

/* e to the power of x, which is not positive: as (1 + x / 1024)^1024. */
static double exponential(double x)
{
    double power = x < -512 ? 0 : 1 + x / 1024;
    for (int i = 0; i < 10; i++) {
        power *= power;
    }
    return power;
}

static uint32_t draw_weighted(uint32_t count, double sum)
{
    const double unit = (double)(weft__draw64(ql.draws) >> 11) / 9007199254740992.0; /* 2^53 */
    double rest = unit * sum;
    for (uint32_t i = 0; i + 1 < count; i++) {
        rest -= ql.weights[i];
        if (rest < 0) {
            return i;
        }
    }
    return count - 1;
}

static uint32_t pick(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                     const weft__task *current)
{
    (void)self;
    (void)current;
    if (count > ql.weight_capacity) {
        ql.weight_capacity = 2 * (size_t)count;
        ql.weights = weft__grow(ql.weights, ql.weight_capacity * sizeof *ql.weights);
    }
    double best = worth(weft__the_run.state, tasks[0]->name);
    for (uint32_t i = 0; i < count; i++) {
        ql.weights[i] = worth(weft__the_run.state, tasks[i]->name);
        best = ql.weights[i] > best ? ql.weights[i] : best;
    }
    double sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        ql.weights[i] = exponential(ql.weights[i] - best);
        sum += ql.weights[i];
    }
    const uint32_t chosen = draw_weighted(count, sum);
    if (ql.learning) {
        remember(tasks, count, chosen);
    }
    return chosen;
}

static uint32_t choose(weft__strategy *self, const weft__task *task, uint32_t arity)
{
    (void)self;
    (void)task;
    return weft__draw(ql.draws, arity);
}

static void end(weft__strategy *self, const weft__trace *trace)
{
    (void)self;
    (void)trace;
    ql.last_state = weft__the_run.state;
}

weft__strategy weft__strategy_ql WEFT_KEEP = {
    .name = "ql", .begin = begin, .pick = pick, .choose = choose, .end = end};
