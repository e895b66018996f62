/* run.h: one simulated run: its goroutines, its clock, its trace, and how it ended.
 *
 * INVARIANTS
 *   - There is one run at a time, weft__run; everything in it is kept out of the reach of the
 *   program
 *     (WEFT_KEEP and the simulator's own heap) and does not depend on addresses.
 *   - A goroutine is in exactly one place: running; in `waiting_room` (start or resume, FIFO); in
 *     `announced` (an operation is pending); parked; or gone.
 *   - A timer that is armed is in `alarms`, which is sorted: the next to fire stands last. */
#ifndef WEFT_SIM_RUN_H
#define WEFT_SIM_RUN_H

#include <g.h>
#include <timer.h>
#include <weft/sim.h>

#include "strategy/strategy.h"
#include "task.h"
#include "trace.h"

/* A goroutine of the run, remembered after its end. */
typedef struct weft__member {
    uint64_t name; /* stable: made of its origin */
    const char *label;
    uint32_t parent; /* slot; main: its own */
    uint32_t timer_ordinal;
    uint32_t ordinal;
    uint64_t progress_at; /* steps when it last called weft_progress */
    uint32_t seq;         /* these four: when the run ended, for one that was still alive */
    weft__op op;
    weft__why why;
    bool parked;
    bool daemon;
    uint32_t host; /* net/host.c */
    const void *go_site;
    weft__g *g; /* NULL: gone */
} weft__member;

/* An armed timer. */
typedef struct weft__alarm weft__alarm;
struct weft__alarm {
    weft__task task;
    weft__timer *timer;
    int64_t deadline_ns;
    uint64_t order;
    bool again;        /* armed by its own firing: a ticker's */
    bool from_outside; /* armed before the exploration: not reused while it lasts */
    weft__alarm *next_free;
};

/* Where in the run a decision was taken, in terms that survive another schedule: the goroutine that
 * ran last, at or after its seq-th operation, and how many timers have fired since (a choice: how
 * many choices that operation had made). */
typedef struct weft__position {
    uint64_t actor;
    uint32_t seq;
    uint16_t parked; /* 0: before the operation; 1: it has parked there; 2: ended */
    uint16_t fires;
} weft__position;

/* A decision other than the default policy's. */
typedef struct weft__decision {
    weft__position at;
    uint64_t target; /* switch: the task's name; choice: 0 */
    uint32_t choice;
    uint32_t is_choice;
} weft__decision;

typedef struct weft__decisions {
    weft__decision *list;
    size_t count;
    size_t capacity;
} weft__decisions;

enum { WEFT__TAIL_SHARE = 10 }; /* of a run's steps: from there on it is scheduled fairly */

/* What becomes of data races. */
typedef enum weft__races {
    WEFT__RACES_OFF,   /* nobody looks */
    WEFT__RACES_LEARN, /* their lines become schedule points */
    WEFT__RACES_FIND,  /* the same, and one that is not known yet ends the run */
} weft__races;

/* Which of its values a load of an atomic variable may find: race/weak.h. */
typedef enum weft__memory {
    WEFT__MEMORY_SC, /* the last */
    WEFT__MEMORY_C11,
} weft__memory;

typedef struct weft__plan {
    weft_fn *main_fn;
    void *arg;
    weft__strategy *strategy;
    uint64_t seed;
    uint64_t exploration; /* not 0; runs of the same one belong together */
    uint64_t run;         /* its number */
    bool same_random;     /* weft_random gives what it gives in run 0 */
    uint64_t redraw;      /* another number, other draws for the strategy, the same weft_random */
    uint64_t tail_steps;  /* from here on scheduled fairly, whatever the strategy */
    uint64_t max_steps;
    uint64_t cut_steps; /* sooner: that is long enough, and no verdict; 0: not */
    weft__memory memory;
    weft__races races;
    uint64_t race;     /* FIND: only the one with this signature; 0: any */
    bool elastic;      /* timers may fire while others can run */
    bool verdict_only; /* no trace is written; a run that fails is to be executed again */
    bool replaying;    /* every decision is offered to the strategy */
    bool starts_first; /* replaying: who starts or resumes is never put off */
    /* If the run fails: called before it ends, on the stack of who failed, or of the first of those
     * that wait for ever. Does not return. NULL: not wanted */
    void (*last_words)(void);
    weft__decisions *record; /* NULL: not wanted */
} weft__plan;

typedef struct weft__outcome {
    weft_finding_kind kind;
    uint32_t culprit;   /* slot of who ended the run; UINT32_MAX: none in particular */
    uint32_t starved;   /* slot, if the kind is STARVATION */
    const void *site;   /* NULL: see place */
    char place[160];    /* file:line, where a test framework told; "": not told */
    uint64_t race;      /* DATA_RACE: its signature, race/race.h */
    uint64_t signature; /* equal for what counts as the same failure */
    bool hit_tail;
    char message[512];
} weft__outcome;

/* Whether both runs failed in the same way. */
static inline bool weft__same_failure(const weft__outcome *a, const weft__outcome *b)
{
    return a->kind == b->kind && a->signature == b->signature;
}

typedef struct weft__run {
    weft__plan plan;
    weft__stream draws;
    weft__stream random; /* weft_random's; seeded by the first that draws */
    weft__outcome outcome;

    weft__member *members;
    uint32_t member_count;
    uint32_t member_capacity;
    uint32_t alive_count;
    uint32_t daemon_count; /* of those alive */
    uint32_t goroutine_limit;

    weft__task **waiting_room;
    weft__task **announced;
    weft__task **candidates; /* room for all of both and of the alarms */
    uint32_t waiting_head;   /* the room's list starts here */
    uint32_t waiting_count;
    uint32_t announced_count;
    uint32_t list_capacity;

    weft__alarm **alarms;
    uint32_t alarm_count;
    uint32_t alarm_capacity;
    weft__alarm *free_alarms;
    uint64_t alarm_order;
    int64_t now_ns;
    uint32_t
        alarm_odds; /* elastic: a timer is among the candidates once in so many steps; 0: never */

    uint64_t executed; /* runs of this process */
    bool active;
    bool internal_first;
    bool main_returned;
    bool drew_random;   /* weft_random was called: `random` is seeded */
    bool abridged;      /* a variable could have held more than there were choices */
    bool leader_polled; /* what it did only looked */
    uint32_t barren;    /* operations of the leader in a row that changed nothing */
    uint64_t steps;
    uint64_t last_steps;  /* when the run ends at the latest */
    uint64_t fair_steps;  /* from here on the default policy is fair */
    uint64_t brisk_steps; /* so far what the strategy leaves to it is done at once */
    uint64_t progress_at; /* steps when something happened last: detect/livelock.h */
    weft__g *current;     /* runs; NULL once it is gone, and outside of a run */
    uint64_t state;       /* weft_state's */
    uint32_t workers;     /* weft_workers's */
    weft__task *leader; /* executed the last operation; NULL once it is gone. Starting and resuming
                            goroutines do not take over. */
    uint32_t leader_slot;
    bool arrivals_matter;  /* after the next switch weft__run_arrived is to be called */
    weft__g *departed;     /* just ended: its stack may be reused after the next switch */
    weft__g *left;         /* switched away last, for the sanitizers */
    weft__g *killed;       /* the rest of those, whose stacks stay until the run ends */
    uint32_t host_of_next; /* the next goroutine starts on this host, from 1; 0: on its creator's */
    weft__position position;
    uint16_t choice_count; /* free choices of the operation that runs */
    uint32_t impossible;   /* of the choice that is being made: bit n for number n, never 0 */
    int *errno_at;         /* the thread's, which each goroutine believes to be its own */
    weft__fiber home;      /* of the explorer */
    weft__trace trace;
} weft__run;

extern weft__run weft__the_run;

static inline weft__task *weft__task_of(weft__g *g)
{
    return (weft__task *)(void *)g->backend;
}

/* A plan that executes a failure again: no race ends a run, but the one that is meant. */
static inline void weft__plan_look_for(weft__plan *plan, weft_finding_kind kind, uint64_t race)
{
    plan->races = kind == WEFT_FOUND_DATA_RACE ? WEFT__RACES_FIND : WEFT__RACES_OFF;
    plan->race = race;
}

/* execute.c */

/* Execute one run. Afterwards weft__the_run tells what happened, until the next one. false: the
 * strategy has no further run. */
bool weft__run_execute(const weft__plan *plan);

/* End the run with what has been written into its outcome; since nobody takes the next step; since
 * it takes too many; with a finding of goroutine self. None returns to the goroutine. */
_Noreturn void weft__run_end(void);
_Noreturn void weft__run_end_quietly(void);
_Noreturn void weft__run_end_long(void);
_Noreturn void weft__run_failed(weft__g *self, weft_finding_kind kind, const void *site,
                                const char *message);

/* The running goroutine may have been switched to for its plan's last_words. */
static inline void weft__run_say_last_words(void)
{
    if (weft__the_run.plan.last_words != NULL && weft__the_run.outcome.kind != WEFT_FOUND_NOTHING) {
        weft__the_run.plan.last_words();
    }
}

uint32_t weft__run_random(uint32_t count); /* 0: 32 bits */
/* The slot of the goroutine with this name in the last run; UINT32_MAX: there was none. */
uint32_t weft__run_slot_named(uint64_t name);

/* members.c */

int weft__run_birth(weft__g *g);    /* a member for it; 0 or -EAGAIN */
void weft__run_departs(weft__g *g); /* it has ended */
/* This goroutine, which does not run, is gone; whoever makes it ready later does nothing. */
void weft__run_kill(uint32_t slot);

/* engine.c */

void weft__run_make_room(void);            /* in the lists, for all goroutines and timers */
void weft__run_admit(weft__g *g);          /* into the waiting room */
void weft__run_withdraw(weft__task *task); /* from there, or from those that have announced */

/* The next to run after `self` has announced an operation, parked or ended. Fires timers on the
 * way; ends the run when nothing can move. */
weft__g *weft__run_next(void);

/* Switch from self, which runs, to next, which may be the same; errno survives. And what is to be
 * done first on the stack of self, after a switch to it. */
void weft__run_switch(weft__g *self, weft__g *next);
void weft__run_arrived(weft__g *self);

/* What the default policy would pick: start and resume first, then the leader, unless it only
 * polled, then the next goroutine in order of birth, then a timer. After the strategy's share of
 * the run the leader has no precedence, and now and then a timer has it. */
uint32_t weft__run_default(weft__task *const *tasks, uint32_t count);
/* The less, the sooner it would pick it, among equals the first. Below UINT64_MAX. */
uint64_t weft__run_precedence(const weft__task *task);

void weft__run_tell(const weft__task *task); /* the strategy: this task takes a step */
uint32_t weft__run_choose(weft__g *self, uint32_t arity);
/* The same, where some of up to 32 turn out to be impossible, but never number 0: bit n tells. */
uint32_t weft__run_choose_among(weft__g *self, uint32_t arity, uint32_t impossible);
/* The same for what happens seldom, so that a strategy that samples is asked once in `odds` times.
 * */
uint32_t weft__run_choose_seldom(weft__g *self, uint32_t arity, uint32_t odds);

/* events.c */

void weft__run_write_down(weft__g *g); /* the operation of g takes effect: as events */
void weft__run_parked(weft__g *g);     /* it waits */

/* What the running goroutine's last operation did is done: it is about to announce another one, to
 * wait or to end. */
void weft__run_settle_traced(bool parked);
static inline void weft__run_settle(bool parked)
{
    if (!weft__the_run.plan.verdict_only) {
        weft__run_settle_traced(parked);
    }
}

/* clock.c */

/* The timers that are armed before an exploration are armed again at the start of each of its runs:
 * remember which, start a run, forget. */
void weft__clock_remember(void);
void weft__clock_reset(void);
void weft__clock_forget(void);
/* The timers that may fire next, all of the same deadline: written to `into`, whose room is enough.
 * Timers for which nobody waits are left out unless others follow. */
uint32_t weft__clock_candidates(weft__task **into);
bool weft__clock_matters(void); /* whether any armed timer could change anything */
void weft__clock_fire(weft__alarm *alarm);
/* Cancel those timers. */
void weft__clock_drop(bool (*which)(const weft__timer *timer, const void *arg), const void *arg);

/* names.c */

uint64_t weft__name_of_used(weft__g *self, weft__object *object); /* gives it one if it has none */
uint64_t weft__name_of_address(weft__g *self, const void *address); /* for plain variables */
uint64_t weft__name_of_object(uint64_t object); /* for other processes, made of such a name */

uint64_t weft__name_known(const void *address); /* of a variable; 0: not used in this run */

/* For touch.h: the object with this name, which goroutine `slot` uses at this address; and what
 * that is called in other runs of this process. */
uint64_t weft__touched(uint32_t slot, uint64_t object, const void *address);
uint64_t weft__name_of_touched(uint64_t object);
/* The same for what lies at this address, as a number. */
uint64_t weft__place_of_address(uint32_t slot, const void *address); /* 0: on libc's heap */
void weft__names_reset(void);

#endif
