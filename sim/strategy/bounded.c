/* bounded.c: exhaustive exploration within a bound, by depth-first search over decisions.
 *
 * "delays<k>": all runs in which the default policy (weft__run_precedence) is delayed at most k
 * times; each delay passes over one task that would have moved. Emmi, Qadeer and Rakamaric,
 * "Delay-Bounded Scheduling" (POPL 2011). "preemptions<k>": all runs in which at most k times
 * another goroutine moves although the last one could go on. One that yields, or that has only
 * looked for some steps (patience.h), waits: the others may go on freely, and it costs one if it
 * does itself; otherwise there would be no end of runs that poll. Musuvathi and Qadeer, "Iterative
 * Context Bounding" (PLDI 2007). Free choices cost nothing.
 *
 * Bounds are explored from 0 to k, so that a failure is found at its lowest; it ends early when no
 * run was left out for its bound.
 *
 * INVARIANTS
 *   - The points of a run below `planned` repeat the run before, but for the last of them. Behind
 *     those, options are taken in order, from 0.
 *   - What is in `table` has been explored, or is being explored by this very run: states from
 *     which all runs within what was left of the bound are known. A run that comes to such a state
 *     is pruned: it goes on by the default policy, and has no further points.
 *   - A state is known by the happens-before hash of what led to it, and by what the policy
 *     remembers. An entry that is overwritten costs repetition only. */
#include "bounded.h"

#include <stdlib.h>
#include <string.h>

#include "../memory.h"
#include "../order/identity.h"
#include "../run.h"
#include "patience.h"

enum { BOUND_MAX = 5, LEFT_BITS = 3, TABLE_SIZE = 1 << 20 };

_Static_assert(BOUND_MAX < 1 << LEFT_BITS, "what is left fits");

typedef struct weft__bounded_kind {
    uint32_t most;
    bool preemptive; /* counts preemptions, not delays */
} weft__bounded_kind;

/* A decision: option 0 costs nothing. */
typedef struct weft__bounded_point {
    uint32_t taken;
    uint32_t count;
    uint32_t free_count; /* options that cost nothing; the others come after them */
    uint32_t left;       /* of the bound, before it */
} weft__bounded_point;

static struct {
    const weft__bounded_kind *kind;
    weft__bounded_point *points;
    size_t capacity;
    size_t depth;    /* of the present run, so far */
    size_t planned;  /* points that are given */
    uint64_t *table; /* by state: the hash, in whose lowest bits stands what was left */
    uint64_t exploration;
    uint64_t run;
    uint32_t left;
    uint32_t bound;
    bool cut;     /* something was left out for the bound */
    bool shallow; /* all runs could be followed to their ends */
    bool exhausted;
    bool repeating;
    bool pruned;     /* the present run */
    uint64_t births; /* hash of the goroutines' names, in order of birth; */
    uint32_t born;   /* of so many */
    weft__patience patience;
    weft__bounded_count count;
} bounded WEFT_KEEP;

/* ---- What the options are, and what they cost ---- */

static uint32_t cost(const weft__bounded_point *point, uint32_t option)
{
    if (option < point->free_count) {
        return 0;
    }
    return bounded.kind->preemptive ? 1 : option - point->free_count + 1;
}

/* The running goroutine, if it is among the tasks. */
static const weft__task *find_running(weft__task *const *tasks, uint32_t count,
                                      const weft__task *current)
{
    for (uint32_t i = 0; i < count; i++) {
        if (tasks[i] == current) {
            return current;
        }
    }
    return NULL;
}

/* The tasks in order of precedence; but one that runs is the first of all, or the last if it
 * waits. */
static uint64_t place_of(const weft__task *task, const weft__task *running, bool waits)
{
    if (bounded.kind->preemptive && task == running) {
        return waits ? UINT64_MAX : 0;
    }
    return weft__run_precedence(task);
}

static uint32_t index_of(uint32_t option, weft__task *const *tasks, uint32_t count,
                         const weft__task *running, bool waits)
{
    uint32_t chosen = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t place = place_of(tasks[i], running, waits);
        uint32_t before = 0;
        for (uint32_t j = 0; j < count && before <= option; j++) {
            const uint64_t other = place_of(tasks[j], running, waits);
            before += other < place || (other == place && j < i) ? 1 : 0;
        }
        chosen = before == option ? i : chosen;
    }
    return chosen;
}

static uint32_t free_options(uint32_t count, const weft__task *running, bool waits)
{
    if (!bounded.kind->preemptive) {
        return 1;
    }
    return running == NULL ? count : waits ? count - 1 : 1;
}

/* ---- States ---- */

/* What the policy remembers beside what has happened. */
static uint64_t remembered(const weft__task *running)
{
    const weft__run *const run = &weft__the_run;
    uint64_t hash = bounded.exploration;
    for (; bounded.born < run->member_count; bounded.born++) {
        bounded.births = weft__mix(bounded.births, run->members[bounded.born].name);
    }
    for (uint32_t i = 0; i < run->alarm_count; i++) {
        hash = weft__mix(hash, run->alarms[i]->task.name);
    }
    /* Whoever moves next runs then; but a timer that fires may make the last one run again. */
    if (bounded.kind->preemptive && running == NULL && run->alarm_count == 0) {
        return hash;
    }
    hash = weft__mix(hash, run->leader == NULL ? 0 : run->leader->name);
    if (bounded.kind->preemptive) {
        return weft__mix(hash, bounded.patience.looked);
    }
    hash = weft__mix(hash, run->members[run->leader_slot].name);
    return weft__mix(hash, bounded.births);
}

/* Whether the state is in the table; it is now. */
static bool is_explored(const weft__task *running)
{
    const uint64_t low = (1 << LEFT_BITS) - 1;
    const uint64_t state = weft__mix(weft__prefix(), remembered(running)) & ~low;
    uint64_t *const entry = &bounded.table[state >> LEFT_BITS & (TABLE_SIZE - 1)];
    if ((*entry & ~low) == state && (*entry & low) >= bounded.left) {
        return true;
    }
    *entry = state | bounded.left;
    return false;
}

/* ---- While a run takes place ---- */

static uint32_t decide(uint32_t count, uint32_t free_count)
{
    if (bounded.depth == bounded.capacity) {
        bounded.capacity = bounded.capacity == 0 ? 256 : 2 * bounded.capacity;
        bounded.points = weft__grow(bounded.points, bounded.capacity * sizeof *bounded.points);
    }
    weft__bounded_point *const point = &bounded.points[bounded.depth];
    if (bounded.depth++ >= bounded.planned) {
        *point =
            (weft__bounded_point){.count = count, .free_count = free_count, .left = bounded.left};
    }
    if (point->taken >= count) { /* the program does not repeat: that is told elsewhere */
        return 0;
    }
    bounded.left = point->left - cost(point, point->taken);
    return point->taken;
}

static uint32_t pick(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                     const weft__task *current)
{
    (void)self;
    const bool waits = weft__is_waiting(&bounded.patience, current);
    const weft__task *const running = find_running(tasks, count, current);
    const bool given = bounded.depth < bounded.planned;
    bounded.pruned = bounded.pruned || (!given && (bounded.repeating || is_explored(running)));
    const uint32_t option = bounded.pruned ? 0 : decide(count, free_options(count, running, waits));
    return index_of(option, tasks, count, running, waits);
}

static uint32_t choose(weft__strategy *self, const weft__task *task, uint32_t arity)
{
    (void)self;
    (void)task;
    const bool given = bounded.depth < bounded.planned;
    bounded.pruned = bounded.pruned || (!given && bounded.repeating);
    return bounded.pruned ? 0 : decide(arity, arity);
}

static void end(weft__strategy *self, const weft__trace *trace)
{
    (void)self;
    (void)trace;
    bounded.shallow = bounded.shallow && !weft__the_run.outcome.hit_tail;
    bounded.count.pruned += bounded.pruned && !bounded.repeating ? 1 : 0;
}

/* ---- From run to run ---- */

static void start(const weft__bounded_kind *kind)
{
    if (bounded.table == NULL) {
        bounded.table = weft__grow(NULL, TABLE_SIZE * sizeof *bounded.table);
        memset(bounded.table, 0, TABLE_SIZE * sizeof *bounded.table);
    }
    bounded.kind = kind;
    bounded.planned = 0;
    bounded.bound = 0;
    bounded.cut = false;
    bounded.shallow = true;
    bounded.exhausted = false;
    bounded.count = (weft__bounded_count){.unit = kind->preemptive ? "preemptions" : "delays"};
}

/* The deepest point at which another option is within the bound: that one next. */
static bool go_back(void)
{
    for (size_t n = bounded.depth; n-- > 0;) {
        weft__bounded_point *const point = &bounded.points[n];
        if (point->taken + 1 >= point->count) {
            continue;
        }
        if (cost(point, point->taken + 1) <= point->left) {
            point->taken++;
            bounded.planned = n + 1;
            return true;
        }
        bounded.cut = true;
    }
    return false;
}

/* All runs within this bound are explored. false: so are those within any that is asked for. */
static bool raise_bound(void)
{
    if (bounded.shallow) {
        bounded.count.any = true;
        bounded.count.bound = bounded.cut ? bounded.bound : bounded.kind->most;
    }
    if (!bounded.cut || bounded.bound == bounded.kind->most) {
        return false;
    }
    bounded.bound++;
    bounded.cut = false;
    bounded.planned = 0;
    return true;
}

static bool begin(weft__strategy *self, weft__stream *draws, uint64_t run)
{
    const uint64_t exploration = weft__the_run.plan.exploration;
    (void)draws;
    bounded.repeating = exploration == bounded.exploration && run == bounded.run;
    if (bounded.repeating) {
        bounded.planned = bounded.depth;
    } else if (exploration != bounded.exploration) {
        start(self->state);
    } else if (bounded.exhausted || (!go_back() && !raise_bound())) {
        bounded.exhausted = true;
        return false;
    }
    bounded.exploration = exploration;
    bounded.run = run;
    bounded.depth = 0;
    bounded.left = bounded.bound;
    bounded.pruned = false;
    bounded.births = 0;
    bounded.born = 0;
    bounded.patience = (weft__patience){0};
    weft__prefix_begin();
    return true;
}

#define BOUNDED(name_, most_, preemptive_)                                                         \
    {                                                                                              \
        .name = name_, .exhaustive = true, .state = &(weft__bounded_kind){most_, preemptive_},     \
        .begin = begin, .pick = pick, .choose = choose, .end = end                                 \
    }

static weft__strategy all[] WEFT_KEEP = {
    BOUNDED("delays1", 1, false),     BOUNDED("delays2", 2, false),
    BOUNDED("delays3", 3, false),     BOUNDED("delays4", 4, false),
    BOUNDED("delays5", 5, false),     BOUNDED("preemptions1", 1, true),
    BOUNDED("preemptions2", 2, true), BOUNDED("preemptions3", 3, true),
    BOUNDED("preemptions4", 4, true), BOUNDED("preemptions5", 5, true),
};

weft__strategy *weft__bounded_find(const char *name)
{
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(all[i].name, name) == 0) {
            return &all[i];
        }
    }
    return NULL;
}

const weft__bounded_count *weft__bounded_count_of(const weft__strategy *strategy)
{
    return strategy >= all && strategy < all + sizeof all / sizeof all[0] ? &bounded.count : NULL;
}
