/* execute.c: a run from its beginning to its verdict. What happens in between is in engine.c. */
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "detect/livelock.h"
#include "hash.h"
#include "heap/heap.h"
#include "memory.h"
#include "net/network.h"
#include "order/observe.h"
#include "race/watch.h"
#include "report/source.h"

weft__run weft__the_run WEFT_KEEP;

static weft__run *const run = &weft__the_run;

/* ---- The end ---- */

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

/* Nobody takes the next step. */
_Noreturn void weft__run_end_quietly(void)
{
    judge_quiescence();
    weft__run_end();
}

_Noreturn void weft__run_end_long(void)
{
    run->outcome.kind = WEFT_FOUND_RUNAWAY;
    weft__run_end();
}

/* ---- The verdict ---- */

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

/* ---- The run ---- */

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
    run->arrivals_matter = true;
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

static bool is_cut(void)
{
    return run->plan.cut_steps != 0 && run->steps >= run->plan.cut_steps;
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
    run->errno_at = &errno;
    run->active = true;
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

/* ---- About the run ---- */

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

uint32_t weft__run_slot_named(uint64_t name)
{
    for (uint32_t slot = 0; slot < run->member_count; slot++) {
        if (run->members[slot].name == name) {
            return slot;
        }
    }
    return UINT32_MAX;
}
