/* engine.c: the loop: announce, decide, execute. See run.h for the invariants.
 *
 * There is no scheduler stack: the goroutine that announces an operation, or parks, itself asks the
 * strategy for the next one and switches straight to it. */
#include "run.h"

#include <string.h>

#include "memory.h"
#include "race/watch.h"
#include "schedule/replay.h"

static weft__run *const run = &weft__the_run;

enum { TIMER_EVERY = 16 /* steps */, IMPOSSIBLE_BITS = 32 };

/* ---- The lists ---- */

void weft__run_make_room(void)
{
    if (run->member_count + run->alarm_count + 1 < run->list_capacity) {
        return;
    }
    run->list_capacity = run->list_capacity == 0 ? 64 : run->list_capacity * 2;
    const size_t size = run->list_capacity * sizeof(weft__task *);
    run->waiting_room = weft__grow(run->waiting_room, size);
    run->announced = weft__grow(run->announced, size);
    run->candidates = weft__grow(run->candidates, size);
}

static void remove_announced(weft__task *task)
{
    weft__task *const last = run->announced[--run->announced_count];
    run->announced[task->index] = last;
    last->index = task->index;
}

/* Mostly the first goes first; the room is emptied again and again, so its head does not run
 * away. */
static void remove_waiting(const weft__task *task)
{
    run->waiting_count--;
    if (task->index == run->waiting_head) {
        run->waiting_head = run->waiting_count == 0 ? 0 : run->waiting_head + 1;
        return;
    }
    for (uint32_t i = task->index; i < run->waiting_head + run->waiting_count; i++) {
        run->waiting_room[i] = run->waiting_room[i + 1];
        run->waiting_room[i]->index = i;
    }
}

/* Move the room's list to its start when there is no place behind it. */
static void compact_waiting(void)
{
    for (uint32_t i = 0; i < run->waiting_count; i++) {
        run->waiting_room[i] = run->waiting_room[run->waiting_head + i];
        run->waiting_room[i]->index = i;
    }
    run->waiting_head = 0;
}

void weft__run_admit(weft__g *g)
{
    weft__task *const task = weft__task_of(g);
    if (run->waiting_head + run->waiting_count == run->list_capacity) {
        compact_waiting();
    }
    task->internal = true;
    task->index = run->waiting_head + run->waiting_count++;
    run->waiting_room[task->index] = task;
}

void weft__run_withdraw(weft__task *task)
{
    if (task->internal) {
        remove_waiting(task);
    } else {
        remove_announced(task);
    }
}

static weft__g *g_of(weft__task *task)
{
    return (void *)((char *)task - offsetof(weft__g, backend));
}

/* ---- Events ---- */

void weft__run_tell(const weft__task *task)
{
    weft__strategy *const strategy = run->plan.strategy;
    if (strategy->event != NULL) {
        strategy->event(strategy, task);
    }
}

/* The operation that g has announced takes effect: an event. */
static WEFT__ALWAYS_INLINE void record(weft__g *g)
{
    weft__task *const task = weft__task_of(g);
    run->steps++;
    if (!run->plan.verdict_only) {
        weft__run_write_down(g);
    }
    run->choice_count = 0;
    run->leader = task;
    run->leader_slot = task->slot;
    run->leader_polled = weft__op_polls(task->op.kind);
    weft__run_tell(task);
}

/* ---- Decisions ---- */

/* Where runs are scheduled fairly, a replay, which knows no randomness, is to be fair as well: the
 * leader goes to the end of the row, and timers are not put off for ever. */
static bool default_is_fair(void)
{
    return run->steps >= run->fair_steps;
}

/* The leader goes on, if it can, before others that have announced an operation. */
static bool leader_is_first(void)
{
    return !run->leader_polled && !default_is_fair();
}

static uint64_t precedence_of_timer(void)
{
    const bool due = default_is_fair() && run->steps % TIMER_EVERY == 0 && run->position.fires == 0;
    return due ? 1 : UINT64_MAX - 1;
}

uint64_t weft__run_precedence(const weft__task *task)
{
    if (task->internal) {
        return 0;
    }
    if (weft__task_is_timer(task)) {
        return precedence_of_timer();
    }
    if (task == run->leader && leader_is_first()) {
        return 1;
    }
    /* Slots in cyclic order, starting behind the leader's; unsigned wrap-around is what makes it
     * cyclic. */
    return UINT64_C(2) + (uint32_t)(task->slot - run->leader_slot - 1);
}

static bool has_announced(const weft__task *task)
{
    return task->index < run->announced_count && run->announced[task->index] == task;
}

/* Whether the leader is the default among those that have announced an operation: without a look at
 * the others. */
static bool leader_leads(void)
{
    return leader_is_first() && run->leader != NULL && has_announced(run->leader);
}

/* Of tasks that neither start nor resume, nor are timers: the first one behind the leader. */
__attribute__((noinline)) static uint32_t next_in_row(weft__task *const *tasks, uint32_t count)
{
    const uint32_t from = run->leader_slot + 1;
    const weft__member *const next = &run->members[from < run->member_count ? from : 0];
    if (next->g != NULL && !next->parked) { /* mostly it is one of them */
        const weft__task *const task = weft__task_of(next->g);
        if (task->index < count && tasks[task->index] == task) {
            return task->index;
        }
    }
    uint32_t least = UINT32_MAX;
    uint32_t best = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t distance = tasks[i]->slot - from;
        if (distance < least) {
            least = distance;
            best = i;
        }
    }
    return best;
}

static inline uint32_t default_of_announced(void)
{
    return leader_leads() ? run->leader->index : next_in_row(run->announced, run->announced_count);
}

uint32_t weft__run_default(weft__task *const *tasks, uint32_t count)
{
    if (tasks == run->announced) {
        return default_of_announced();
    }
    uint64_t least = UINT64_MAX;
    uint32_t best = 0;
    for (uint32_t i = 0; i < count && least > 1; i++) {
        const uint64_t precedence = weft__run_precedence(tasks[i]);
        if (precedence < least) {
            least = precedence;
            best = i;
        }
    }
    return best;
}

static bool in_tail(void)
{
    return run->steps >= run->plan.tail_steps && !run->plan.replaying;
}

static uint32_t pick(weft__task *const *tasks, uint32_t count)
{
    weft__strategy *const strategy = in_tail() ? &weft__strategy_random : run->plan.strategy;
    if (count == 1) {
        return 0;
    }
    if (in_tail() && !run->outcome.hit_tail) {
        run->outcome.hit_tail = true;
        (void)strategy->begin(strategy, &run->draws, run->plan.run);
    }
    const uint32_t chosen = strategy->pick(strategy, tasks, count, run->leader);
    WEFT__CHECK(chosen < count);
    if (run->plan.record != NULL && chosen != weft__run_default(tasks, count)) {
        weft__decisions_add(run->plan.record,
                            (weft__decision){.at = run->position, .target = tasks[chosen]->name});
    }
    return chosen;
}

/* What the strategy says; instead of what is impossible, the next lower number. */
static uint32_t ask(const weft__task *task, uint32_t arity, uint32_t odds)
{
    weft__strategy *const strategy = run->plan.strategy;
    const bool samples = !strategy->exhaustive && !run->plan.replaying;
    uint32_t chosen = 0;
    if (in_tail()) {
        chosen = odds == 1 ? weft__draw(&run->draws, arity) : 0;
    } else if (odds == 1 || !samples || weft__draw_once_in(&run->draws, odds)) {
        chosen = strategy->choose(strategy, task, arity);
    }
    WEFT__CHECK(chosen < arity);
    while (chosen < IMPOSSIBLE_BITS && (run->impossible >> chosen & 1) != 0) {
        chosen--;
    }
    return chosen;
}

static uint32_t choose(weft__g *self, uint32_t arity, uint32_t impossible, uint32_t odds)
{
    const weft__task *const task = weft__task_of(self);
    WEFT__CHECK((impossible & 1) == 0);
    run->impossible = impossible;
    const uint32_t chosen = ask(task, arity, odds);
    if (run->plan.record != NULL && chosen != 0) {
        weft__decisions_add(run->plan.record, (weft__decision){.at = {.actor = task->name,
                                                                      .seq = task->seq,
                                                                      .fires = run->choice_count},
                                                               .choice = chosen,
                                                               .is_choice = 1});
    }
    run->choice_count++;
    if (run->plan.verdict_only) {
        return chosen;
    }
    weft__event *const event = weft__trace_add(&run->trace, task->slot, &task->op, 0);
    event->seq = task->seq;
    event->flags = WEFT__EVENT_CHOICE;
    event->value = chosen;
    event->arity = arity;
    run->trace.places[run->trace.count - 1].impossible = impossible;
    return chosen;
}

uint32_t weft__run_choose(weft__g *self, uint32_t arity)
{
    return choose(self, arity, 0, 1);
}

uint32_t weft__run_choose_among(weft__g *self, uint32_t arity, uint32_t impossible)
{
    return choose(self, arity, impossible, 1);
}

uint32_t weft__run_choose_seldom(weft__g *self, uint32_t arity, uint32_t odds)
{
    return choose(self, arity, 0, odds);
}

/* Whether a timer may fire although goroutines could run. When none can, decide asks for those that
 * matter. */
static bool timers_join(void)
{
    if (run->alarm_count == 0 || run->announced_count + run->waiting_count == 0) {
        return false;
    }
    if (run->plan.replaying || in_tail()) {
        return true;
    }
    return run->alarm_odds != 0 && weft__draw_once_in(&run->draws, run->alarm_odds);
}

/* All that can take the next step. */
static uint32_t collect(weft__task *const **ret_tasks)
{
    const bool all_waiting = run->waiting_count != 0 && !run->internal_first;
    const bool timers = timers_join();
    if (!all_waiting && !timers) {
        *ret_tasks = run->announced;
        return run->announced_count;
    }
    uint32_t count = 0;
    if (all_waiting) {
        memcpy(run->candidates, run->waiting_room + run->waiting_head,
               run->waiting_count * sizeof(weft__task *));
        count = run->waiting_count;
    }
    memcpy(run->candidates + count, run->announced, run->announced_count * sizeof(weft__task *));
    count += run->announced_count;
    if (timers) {
        count += weft__clock_candidates(run->candidates + count);
    }
    *ret_tasks = run->candidates;
    return count;
}

/* Whether the strategy leaves the decision that is due to the default policy. */
static bool strategy_idles(void)
{
    weft__strategy *const strategy = run->plan.strategy;
    const bool idles = strategy->idle != 0;
    strategy->idle -= idles ? 1 : 0;
    return idles;
}

/* What is decided without all the candidates; NULL: that is not possible. */
static inline weft__task *decide_at_once(void)
{
    if (run->waiting_count != 0) {
        return run->internal_first ? run->waiting_room[run->waiting_head] : NULL;
    }
    if (run->steps >= run->brisk_steps || run->announced_count == 0) {
        return NULL;
    }
    if (run->announced_count + run->alarm_count == 1) {
        return run->announced[0];
    }
    return strategy_idles() ? run->announced[default_of_announced()] : NULL;
}

__attribute__((noinline)) static weft__task *decide_among_all(void)
{
    weft__task *const *tasks = NULL;
    uint32_t count = collect(&tasks);
    if (count == 0 && weft__clock_matters()) {
        tasks = run->candidates;
        count = weft__clock_candidates(run->candidates);
    }
    return count == 0 ? NULL : tasks[pick(tasks, count)];
}

static weft__task *decide(void)
{
    weft__task *const obvious = decide_at_once();
    return obvious != NULL ? obvious : decide_among_all();
}

/* Whether only daemons are left. After the last goroutine the timers fire that are still armed: so
 * that a run in which one is never met differs from another only in when that was. */
static bool is_over(void)
{
    return run->alive_count == run->daemon_count &&
           !(run->alive_count == 0 && weft__clock_matters());
}

weft__g *weft__run_next(void)
{
    for (;;) {
        if (run->steps >= run->last_steps) {
            weft__run_end_long();
        }
        weft__task *const task = is_over() ? NULL : decide();
        if (task == NULL) {
            weft__run_end_quietly();
        }
        if (weft__task_is_timer(task)) {
            run->position.fires++;
            weft__clock_fire((weft__alarm *)(void *)task);
            continue;
        }
        weft__g *const g = g_of(task);
        if (task->internal) {
            remove_waiting(task);
            run->choice_count = 0;
        } else {
            remove_announced(task);
            record(g);
        }
        run->current = g;
        weft__watch_resumes();
        return g;
    }
}

/* What decides is the default policy, it takes this task, and the run does not end before. */
static WEFT__ALWAYS_INLINE bool leads_on(const weft__task *task)
{
    return run->steps < run->brisk_steps && task == run->leader && !run->leader_polled &&
           run->waiting_count == 0 && run->alive_count != run->daemon_count &&
           (run->announced_count + run->alarm_count == 0 || strategy_idles());
}

/* ---- Switching ---- */

void weft__run_arrived(weft__g *self)
{
    weft__fiber_arrived(&self->fiber, run->left == NULL ? &run->home : &run->left->fiber);
    if (run->departed != NULL) {
        weft__g_free(self, run->departed);
        run->departed = NULL;
    }
    run->arrivals_matter = weft__fibers_are_told_of() || run->plan.last_words != NULL;
    weft__run_say_last_words();
}

static WEFT__ALWAYS_INLINE void switch_to(weft__g *self, weft__g *next)
{
    if (next == self) {
        return;
    }
    int *const errno_at = run->errno_at;
    const int saved_errno = *errno_at;
    run->left = self;
    weft__fiber_switch(&self->fiber, &next->fiber, false);
    if (run->arrivals_matter) {
        weft__run_arrived(self);
    }
    *errno_at = saved_errno;
}

void weft__run_switch(weft__g *self, weft__g *next)
{
    switch_to(self, next);
}

static WEFT__ALWAYS_INLINE void announce(weft__g *self, weft__op_kind kind, const void *object,
                                         uint64_t n, const void *value, const void *site)
{
    weft__task *const task = weft__task_of(self);
    self->fuel = 1;
    task->op = (weft__op){kind, object, n, value, site};
    task->seq++;
    task->internal = false;
    run->position = (weft__position){.actor = task->name, .seq = task->seq};
    if (leads_on(task)) {
        record(self);
        weft__watch_resumes();
        return;
    }
    task->index = run->announced_count++;
    run->announced[task->index] = task;
    switch_to(self, weft__run_next());
}

/* Apart, so that the other way need not keep its arguments. */
__attribute__((noinline)) static void settle_and_announce(weft__g *self, weft__op_kind kind,
                                                          const void *object, uint64_t n,
                                                          const void *value, const void *site)
{
    weft__run_settle_traced(false);
    announce(self, kind, object, n, value, site);
}

void weft__fuel_out(weft__g *self, weft__op_kind kind, const void *object, uint64_t n,
                    const void *value, const void *site)
{
    if (self->id == 0) {
        self->fuel = INT32_MAX;
    } else if (run->plan.verdict_only) {
        announce(self, kind, object, n, value, site);
    } else {
        settle_and_announce(self, kind, object, n, value, site);
    }
}
