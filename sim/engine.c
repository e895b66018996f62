/* engine.c: the loop: announce, decide, execute. See run.h for the invariants.
 *
 * There is no scheduler stack: the goroutine that announces an operation, or parks, itself asks the
 * strategy for the next one and switches straight to it. */
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <chan.h>

#include "detect/livelock.h"
#include "heap/heap.h"
#include "memory.h"
#include "net/network.h"
#include "order/observe.h"
#include "race/happens_before.h"
#include "race/watch.h"
#include "readiness.h"
#include "report/source.h"
#include "schedule/replay.h"

weft__run weft__the_run WEFT_KEEP;

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

static weft__g *g_of(weft__task *task)
{
    return (void *)((char *)task - offsetof(weft__g, backend));
}

/* ---- Birth and events ---- */

/* In halves: of a larger memset compilers make a string instruction, and that starts slowly. */
static void clear_member(weft__member *member)
{
    enum { HALF = sizeof *member / 2 };
    memset(member, 0, HALF);
    memset((char *)member + HALF, 0, sizeof *member - HALF);
}

int weft__run_birth(weft__g *g)
{
    if (run->alive_count >= run->goroutine_limit) {
        return -EAGAIN;
    }
    if (run->member_count == run->member_capacity) {
        run->member_capacity = run->member_capacity == 0 ? 64 : run->member_capacity * 2;
        run->members = weft__grow(run->members, run->member_capacity * sizeof *run->members);
    }
    weft__run_make_room();
    const uint32_t slot = run->member_count++;
    const bool is_main = weft__is_main(g);
    const uint32_t parent = is_main                    ? slot
                            : g->origin.parent_id == 0 ? 0 /* of a timer made before the run */
                                                       : (uint32_t)(g->origin.parent_id - 1);
    const uint64_t from = is_main ? 0 : run->members[parent].name;
    const uint32_t host = run->host_of_next != 0 ? run->host_of_next - 1
                          : is_main              ? 0
                                                 : run->members[parent].host;
    g->daemon = g->daemon || host != 0; /* other hosts do not end with the program */
    weft__member *const member = &run->members[slot];
    clear_member(member);
    member->name = weft__mix(weft__mix(from, g->origin.timer_ordinal), g->origin.ordinal);
    member->label = g->name;
    member->parent = parent;
    member->timer_ordinal = g->origin.timer_ordinal;
    member->ordinal = g->origin.ordinal;
    member->daemon = g->daemon;
    member->host = host;
    member->go_site = g->go_site;
    member->g = g;
    run->alive_count++;
    run->daemon_count += g->daemon ? 1 : 0;
    g->id = slot + 1;
    g->fuel = 1;
    *weft__task_of(g) =
        (weft__task){.name = member->name, .slot = slot, .op = {.kind = WEFT__OP_START}};
    weft__run_admit(g);
    weft__observe_spawn(slot);
    if (weft__the_watch.orders) {
        weft__watch_birth(g);
    }
    return 0;
}

static uint64_t name_object(weft__g *g, const weft__op *op)
{
    if (weft__op_is_of_variable(op->kind)) {
        return weft__name_of_address(g, op->object);
    }
    if (op->kind == WEFT__OP_SELECT || op->object == NULL) {
        return 0; /* the cases of a select follow as events of their own */
    }
    return weft__name_of_used(g, (weft__object *)(uintptr_t)op->object);
}

static void record_cases(const weft__task *task)
{
    const weft_case *const cases = task->op.object;
    for (uint64_t i = 0; i < task->op.n; i++) {
        if (cases[i].kind > WEFT_CASE_SEND || cases[i].chan == NULL) {
            continue;
        }
        const weft__object *const object = (const void *)cases[i].chan;
        const weft__op op = {
            .kind = cases[i].kind == WEFT_CASE_SEND ? WEFT__OP_SEND : WEFT__OP_RECV,
            .object = object,
            .n = i,
            .site = task->op.site,
        };
        weft__event *const event = weft__trace_add(&run->trace, task->slot, &op, object->name);
        event->seq = task->seq;
        event->flags = WEFT__EVENT_CASE;
        event->flags |= weft__case_looks_ready(&cases[i]) ? WEFT__EVENT_READY : 0;
        weft__observe_channel(cases[i].chan);
        weft__livelock_event(event);
    }
}

void weft__run_tell(const weft__task *task)
{
    weft__strategy *const strategy = run->plan.strategy;
    if (strategy->event != NULL) {
        strategy->event(strategy, task);
    }
}

/* Looked, tried in vain, or took the default of a select. An update counts until it turns out to
 * have changed its variable: weft__observe_settled. */
static bool is_barren(const weft__event *first, const weft__event *end)
{
    const bool looks = weft__op_polls((weft__op_kind)first->kind) ||
                       first->kind == WEFT__OP_SELECT ||
                       weft__op_updates((weft__op_kind)first->kind);
    for (const weft__event *event = first; event < end; event++) {
        if ((event->flags & WEFT__EVENT_READY) != 0) {
            return false;
        }
    }
    return looks;
}

/* The operation of g, as events. */
__attribute__((noinline)) static void write_down(weft__g *g)
{
    const weft__task *const task = weft__task_of(g);
    if (run->leader != task) {
        run->barren = 0;
    }
    const uint64_t object = name_object(g, &task->op);
    const size_t at = run->trace.count;
    weft__event *const event = weft__trace_add(&run->trace, task->slot, &task->op, object);
    event->seq = task->seq;
    event->flags = weft__op_is_ready(&task->op) ? WEFT__EVENT_READY : 0;
    weft__livelock_event(event);
    if (task->op.kind == WEFT__OP_SELECT) {
        record_cases(task);
    }
    const weft__event *const end = run->trace.events + run->trace.count;
    run->barren = is_barren(run->trace.events + at, end) ? run->barren + 1 : 0;
    weft__observe_operation(g, &task->op, object);
    if (weft__the_watch.orders) {
        weft__hb_begin(task, at);
    }
}

/* The operation that g has announced takes effect: an event. */
static WEFT__ALWAYS_INLINE void record(weft__g *g)
{
    weft__task *const task = weft__task_of(g);
    run->steps++;
    if (!run->plan.verdict_only) {
        write_down(g);
    }
    run->choice_count = 0;
    run->leader = task;
    run->leader_slot = task->slot;
    run->leader_polled = weft__op_polls(task->op.kind);
    weft__run_tell(task);
}

/* What the running goroutine's last operation did is done: it is about to announce another one, to
 * wait or to end. */
static void settle(bool parked)
{
    if (run->plan.verdict_only) {
        return;
    }
    weft__observe_settled();
    if (weft__the_watch.orders) {
        weft__hb_settle(parked);
    }
}

/* The event of an operation whose cases or choices may follow it. */
static weft__event *own_event(void)
{
    const size_t i = weft__trace_last(&run->trace);
    return i == 0 ? NULL : &run->trace.events[i - 1];
}

void weft__run_parked(weft__g *g)
{
    const weft__task *const task = weft__task_of(g);
    settle(true);
    weft__event *const event = own_event();
    if (event != NULL && event->slot == task->slot && event->seq == task->seq) {
        event->flags |= WEFT__EVENT_PARKED;
    }
    run->position = (weft__position){.actor = task->name, .seq = task->seq, .parked = 1};
}

void weft__run_kill(uint32_t slot)
{
    weft__member *const member = &run->members[slot];
    weft__g *const g = member->g;
    weft__task *const task = weft__task_of(g);
    if (!member->parked && task->internal) {
        remove_waiting(task);
    } else if (!member->parked) {
        remove_announced(task);
    }
    member->seq = task->seq;
    member->g = NULL;
    run->alive_count--;
    run->daemon_count -= g->daemon ? 1 : 0;
    run->leader = run->leader == task ? NULL : run->leader;
    g->next = run->killed;
    run->killed = g;
}

void weft__run_departs(weft__g *g)
{
    const weft__task *const task = weft__task_of(g);
    settle(false);
    run->position = (weft__position){.actor = task->name, .seq = task->seq, .parked = 2};
    run->members[task->slot].g = NULL;
    run->members[task->slot].seq = task->seq;
    run->main_returned = run->main_returned || task->slot == 0;
    run->alive_count--;
    weft__livelock_progress();
    run->daemon_count -= g->daemon ? 1 : 0;
    run->current = NULL;
    run->leader = run->leader == task ? NULL : run->leader;
    run->departed = g;
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

uint32_t weft__run_slot_named(uint64_t name)
{
    for (uint32_t slot = 0; slot < run->member_count; slot++) {
        if (run->members[slot].name == name) {
            return slot;
        }
    }
    return UINT32_MAX;
}

static void remember_members(void)
{
    for (uint32_t slot = 0; slot < run->member_count; slot++) {
        weft__member *const member = &run->members[slot];
        if (member->g != NULL) {
            const weft__task *const task = weft__task_of(member->g);
            member->op = task->op;
            member->seq = task->seq;
            member->why = member->g->why;
        }
    }
}

/* Nothing can move any more: who is parked now is parked for ever. */
static void judge_quiescence(void)
{
    uint32_t waiting = 0;
    for (uint32_t slot = 0; slot < run->member_count; slot++) {
        const weft__member *const member = &run->members[slot];
        if (member->g != NULL && !member->daemon) {
            waiting++;
        }
    }
    if (waiting == 0) {
        return;
    }
    run->outcome.kind = run->main_returned ? WEFT_FOUND_LEAK : WEFT_FOUND_DEADLOCK;
    (void)snprintf(run->outcome.message, sizeof run->outcome.message,
                   run->main_returned ? "%u goroutine%s left waiting for ever"
                                      : "%u goroutine%s waiting for ever, main among them",
                   waiting, waiting == 1 ? "" : "s");
}

/* Whether only daemons are left. After the last goroutine the timers fire that are still armed: so
 * that a run in which one is never met differs from another only in when that was. */
static bool is_over(void)
{
    return run->alive_count == run->daemon_count &&
           !(run->alive_count == 0 && weft__clock_matters());
}

static bool is_cut(void)
{
    return run->plan.cut_steps != 0 && run->steps >= run->plan.cut_steps;
}

/* Nobody takes the next step. */
_Noreturn static void end_quietly(void)
{
    judge_quiescence();
    weft__run_end();
}

_Noreturn static void run_away(void)
{
    run->outcome.kind = WEFT_FOUND_RUNAWAY;
    weft__run_end();
}

weft__g *weft__run_next(void)
{
    for (;;) {
        if (run->steps >= run->last_steps) {
            run_away();
        }
        weft__task *const task = is_over() ? NULL : decide();
        if (task == NULL) {
            end_quietly();
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
    weft__run_arrived(self);
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
    settle(false);
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

/* ---- The run ---- */

uint32_t weft__run_random(uint32_t count)
{
    /* Not a decision: a function of the seed, so that a replay of other decisions keeps it. */
    if (!run->drew_random) {
        run->drew_random = true;
        weft__stream_seed(&run->random, run->plan.seed ^ UINT64_C(0x72616e646f6d),
                          run->plan.same_random ? 0 : run->plan.run);
    }
    const uint64_t bits = weft__draw64(&run->random);
    return count == 0 ? (uint32_t)(bits >> 32) : (uint32_t)((bits >> 32) * count >> 32);
}

_Noreturn void weft__run_failed(weft__g *self, weft_finding_kind kind, const void *site,
                                const char *message)
{
    weft__outcome *const outcome = &run->outcome;
    outcome->kind = kind;
    outcome->culprit = weft__task_of(self)->slot;
    outcome->site = site;
    (void)snprintf(outcome->message, sizeof outcome->message, "%s", message);
    weft__run_end();
}

/* The first that waits for ever, where that is the verdict; else NULL. */
static weft__g *first_waiting(void)
{
    const bool waits = run->outcome.kind == WEFT_FOUND_DEADLOCK ||
                       run->outcome.kind == WEFT_FOUND_LEAK;
    for (uint32_t slot = 0; slot < run->member_count && waits; slot++) {
        if (run->members[slot].g != NULL && !run->members[slot].daemon) {
            return run->members[slot].g;
        }
    }
    return NULL;
}

_Noreturn void weft__run_end(void)
{
    if (!run->plan.verdict_only) {
        weft__observe_settled();
        remember_members();
    }
    weft__fiber dying;
    weft__g *const self = run->current;
    weft__g *const waiting = run->plan.last_words == NULL ? NULL : first_waiting();
    if (waiting != NULL && waiting != self) {
        run->left = self;
        weft__fiber_switch(self != NULL ? &self->fiber : &dying, &waiting->fiber, self == NULL);
    }
    weft__run_say_last_words();
    run->left = NULL;
    weft__fiber_switch(self != NULL ? &self->fiber : &dying, &run->home, true);
    abort(); /* nobody switches back */
}

static void clear_outcome(void)
{
    weft__outcome *const outcome = &run->outcome;
    outcome->kind = WEFT_FOUND_NOTHING;
    outcome->culprit = UINT32_MAX;
    outcome->starved = 0;
    outcome->site = NULL;
    outcome->place[0] = '\0';
    outcome->race = 0;
    outcome->signature = 0;
    outcome->hit_tail = false;
    outcome->message[0] = '\0';
}

static void reset(const weft__plan *plan)
{
    run->plan = *plan;
    run->last_steps = plan->cut_steps != 0 && plan->cut_steps < plan->max_steps ? plan->cut_steps
                                                                                : plan->max_steps;
    run->fair_steps = plan->max_steps / WEFT__TAIL_SHARE;
    run->brisk_steps = !plan->replaying                    ? 0
                       : run->last_steps < run->fair_steps ? run->last_steps
                                                           : run->fair_steps;
    weft__stream_seed(&run->draws,
                      plan->redraw == 0 ? plan->seed : weft__mix(plan->seed, plan->redraw),
                      plan->run);
    clear_outcome();
    run->member_count = 0;
    run->alive_count = 0;
    run->daemon_count = 0;
    run->waiting_head = 0;
    run->waiting_count = 0;
    run->announced_count = 0;
    run->main_returned = false;
    run->leader = NULL;
    run->leader_slot = 0;
    run->leader_polled = false;
    run->barren = 0;
    run->steps = 0;
    run->progress_at = 0;
    run->drew_random = false;
    run->abridged = false;
    run->state = 0;
    run->workers = 2;
    run->current = NULL;
    run->departed = NULL;
    run->left = NULL;
    run->host_of_next = 0;
    run->position = (weft__position){0};
    run->choice_count = 0;
    weft__trace_clear(&run->trace);
    weft__observe_reset();
    weft__clock_reset();
    weft__names_reset();
    weft__heap_reset();
}

/* What varies from run to run besides the strategy's picks. */
static void draw_conditions(void)
{
    run->internal_first = true;
    run->alarm_odds = 0;
    if (run->plan.strategy->exhaustive) {
        run->alarm_odds = run->plan.elastic ? 1 : 0;
        return;
    }
    if (run->plan.replaying) {
        run->internal_first = run->plan.starts_first; /* the default policy prefers them anyway */
        return;
    }
    static const uint32_t odds[] = {0, 16, 1, 4};
    const uint32_t draw = weft__draw(&run->draws, 32);
    run->internal_first = draw % 8 != 0;
    if (run->plan.elastic) {
        run->alarm_odds = odds[draw / 8];
    }
}

static void drop_goroutines(void)
{
    for (uint32_t slot = 0; slot < run->member_count; slot++) {
        weft__member *const member = &run->members[slot];
        member->parked = member->g != NULL;
        if (member->g != NULL) {
            weft__g_free(NULL, member->g);
            member->g = NULL;
        }
    }
    if (run->departed != NULL) {
        weft__g_free(NULL, run->departed);
        run->departed = NULL;
    }
    while (run->killed != NULL) {
        weft__g *const g = run->killed;
        run->killed = g->next;
        weft__g_free(NULL, g);
    }
}

/* Failures count as the same when they have one verdict and the same lines: where it failed, or
 * where who waits. */
static void sign_outcome(void)
{
    weft__outcome *const outcome = &run->outcome;
    if (outcome->kind == WEFT_FOUND_DATA_RACE) {
        outcome->signature = outcome->race;
        return;
    }
    if (outcome->kind != WEFT_FOUND_DEADLOCK && outcome->kind != WEFT_FOUND_LEAK) {
        outcome->signature =
            weft__mix(weft__source_place_number(outcome->site) ^ weft__hash_text(outcome->place),
                      outcome->kind);
        return;
    }
    for (uint32_t slot = 0; slot < run->member_count; slot++) {
        const weft__member *const member = &run->members[slot];
        if (member->g != NULL && !member->daemon) {
            outcome->signature +=
                weft__mix(weft__source_place_number(member->op.site), member->why);
        }
    }
}

bool weft__run_execute(const weft__plan *plan)
{
    weft__memory_restore();
    if (!weft__memory_restores()) {
        weft__kernel_forget();
    }
    run->executed++;
    reset(plan);
    if (!plan->strategy->begin(plan->strategy, &run->draws, plan->run)) {
        return false;
    }
    draw_conditions();
    weft__watch_begin();
    static const weft_go_options options = {.name = "main", .stack_size = (size_t)1 << 20};
    weft__g *const g = weft__g_make(NULL, &options, plan->main_fn, plan->arg);
    if (g == NULL || weft__run_birth(g) != 0) {
        weft__no_memory();
    }
    run->active = true;
    run->errno_at = &errno;
    weft__bias_state.alone = 1; /* one thread, whatever the program does */
    weft__fiber_adopt(&run->home);
    run->current = weft__run_next();
    weft__fiber_switch(&run->home, &g->fiber, false);
    weft__fiber_arrived(&run->home, NULL);
    run->active = false;
    run->current = NULL;
    weft__watch_end();
    if (run->outcome.kind == WEFT_FOUND_RUNAWAY && !run->plan.verdict_only &&
        run->outcome.culprit == UINT32_MAX && !is_cut()) {
        weft__livelock_judge();
    }
    if (run->outcome.kind == WEFT_FOUND_NOTHING) {
        weft__heap_judge();
    }
    if (run->outcome.kind == WEFT_FOUND_MEMORY) {
        weft__heap_tell(&run->outcome);
    }
    if (run->outcome.kind != WEFT_FOUND_NOTHING) {
        weft__io_keep_names();
        sign_outcome();
    }
    if (plan->strategy->end != NULL) {
        plan->strategy->end(plan->strategy, &run->trace);
    }
    drop_goroutines();
    return true;
}
