/* backend.c: the inner core's backend (runtime/core/backend.h): every seam symbol, by primitives of
 * the outer world that are simpler than what is tested.
 *
 * INVARIANTS
 *   - An inner goroutine is one of the outer world, and runs on that one's stack. weft__g_make's
 *     stack holds nothing but its descriptor.
 *   - g->mark: parked. A plain variable: who readies a goroutine must have seen it park.
 *   - Timers are those of runtime/sched/timing.c, and each has a goroutine that fires it. */
#include "core/backend.h"

#include <stdlib.h>
#include <time.h>

#include "sched/stats.h"
#include "sched/timing.h" /* the clock and the timers, as they are */
#include "stepped.h"

enum { STACK_SIZE = 2048 };

stepped_commits stepped_commit_mode;
bool stepped_biased;

typedef struct __attribute__((may_alias)) inner_task {
    outer_event *ready;
    outer_event *first_park; /* NULL: nobody wants to know */
} inner_task;

static inner_task *task_of(weft__g *g)
{
    return (inner_task *)(void *)g->backend;
}

static weft__g outside = {.fuel = INT32_MAX, .name = ""};

weft__g *weft__self(void)
{
    weft__g *const self = outer_self();
    return self != NULL ? self : &outside;
}

/* ---- Parking ---- */

typedef struct commitment {
    weft__commit_fn *commit;
    weft__g *g;
    void *arg;
} commitment;

static void run_commit(void *arg)
{
    const commitment *const c = arg;
    c->commit(c->g, c->arg);
}

void weft__park(weft__g *self, weft__commit_fn *commit, void *arg, weft__why why)
{
    (void)why;
    outer_event *const ready = task_of(self)->ready;
    outer_event *const first_park = task_of(self)->first_park;
    task_of(self)->first_park = NULL;
    self->mark = true;
    if (commit != NULL && stepped_commit_mode == COMMITS_HERE) {
        commit(self, arg);
    } else if (commit != NULL) {
        commitment *const c = outer_alloc(sizeof *c);
        *c = (commitment){commit, self, arg};
        outer_go(run_commit, c);
    }
    if (first_park != NULL) {
        outer_event_set(first_park);
    }
    outer_event_wait(ready);
}

void weft__ready(weft__g *g, weft__hint hint)
{
    (void)hint;
    WEFT__CHECK(g->mark); /* exactly once for each park */
    g->mark = false;
    outer_event_set(task_of(g)->ready);
}

void weft__yield(weft__g *self)
{
    (void)self;
    outer_yield();
}

void weft__fuel_out(weft__g *self, weft__op_kind kind, const void *object, uint64_t n,
                    const void *value, const void *site)
{
    (void)kind;
    (void)object;
    (void)n;
    (void)value;
    (void)site;
    self->fuel = INT32_MAX; /* the steps are the atomics */
}

/* The compare-and-swap has failed, in this very step; or a biased taker has looked. */
void weft__lock_wait(weft__lock *lock)
{
    do {
        if (stepped_biased) {
            (void)weft__load_relaxed(&lock->held);
        }
        outer_wait_store(&lock->held, 1);
    } while (!(weft__lock_try)(lock));
}

void weft__blocking(weft__g *self, weft_fn *fn, void *arg)
{
    (void)self;
    fn(arg);
}

/* ---- Goroutines ---- */

static void begin(weft__g *g)
{
    task_of(g)->ready = outer_event_make();
    g->fuel = INT32_MAX;
}

static void run_g(void *arg)
{
    weft__g *const g = arg;
    outer_set_self(g);
    weft__g_main(g);
}

static outer_event *await_park; /* main's: of the goroutine that it is about to start */

int weft__spawn(weft__g *self, weft__g *g)
{
    const weft__origin *const o = &g->origin;
    g->id = (o->parent_id * 16 + o->timer_ordinal) * 16 + o->ordinal;
    begin(g);
    if (weft__is_main(self)) {
        task_of(g)->first_park = await_park;
    }
    outer_go(run_g, g);
    return 0;
}

_Noreturn void weft__exit(weft__g *self)
{
    (void)self;
    outer_exit();
}

bool weft__stack_take(weft__g *self, size_t size, weft__stack *ret_stack)
{
    (void)self;
    (void)size;
    *ret_stack = (weft__stack){outer_alloc(STACK_SIZE), STACK_SIZE};
    return true;
}

void weft__stack_put(weft__g *self, weft__stack stack)
{
    (void)self;
    outer_free(stack.low, stack.size);
}

void weft__fiber_make(weft__fiber *fiber, void *low, size_t size, void (*entry)(void *arg),
                      void *arg)
{
    (void)fiber;
    (void)low;
    (void)size;
    (void)entry;
    (void)arg;
}

void weft__fiber_tell_start(weft__fiber *from, const weft__fiber *to, bool last)
{
    (void)from;
    (void)to;
    (void)last;
    outer_fail("a switch was told to AddressSanitizer");
}

void weft__fiber_tell_arrived(weft__fiber *self, weft__fiber *from)
{
    (void)self;
    (void)from;
    outer_fail("an arrival was told to AddressSanitizer");
}

void weft__fiber_drop(weft__fiber *fiber)
{
    (void)fiber;
}

_Noreturn void weft__g_enter(weft__g *g)
{
    (void)g;
    outer_fail("a fiber was entered");
}

/* ---- Time ---- */

/* Goroutines live in the first second and those who fire timers in the second: so each timer may
 * fire at any moment after it has been armed. */
int outer_clock_gettime(clockid_t clock, struct timespec *ret_now);
int outer_clock_gettime(clockid_t clock, struct timespec *ret_now)
{
    (void)clock;
    *ret_now = (struct timespec){.tv_sec = outer_self() == NULL ? 2 : 1};
    return 0;
}

/* Polling gives up where somebody has the lock: then again, after him. One of us at a time, or two
 * could keep each other from polling for ever. */
static void fire_due(void *arg)
{
    static const char firing; /* whose address names a lock */
    (void)arg;
    outer_lock_at(&firing);
    while (weft__timing_next_ns() <= weft__clock()) {
        weft__timing_poll();
        weft__timing_lock();
        weft__timing_unlock();
    }
    outer_unlock_at(&firing);
}

int64_t weft__clock(void)
{
    return weft__timing_now_ns();
}

void weft__timer_arm(weft__timer *timer)
{
    const bool fires = timer->deadline_ns <= 2 * WEFT_SECOND;
    (void)weft__timing_arm(timer);
    if (fires) {
        outer_go(fire_due, NULL);
    }
}

bool weft__timer_cancel(weft__timer *timer)
{
    return weft__timing_cancel(timer);
}

void weft__thread_fires(bool fires)
{
    (void)fires;
}

void weft__stats_fired(void)
{
}

/* ---- Choices, memory, the end ---- */

uint32_t weft__pick(weft__g *self, uint32_t count, weft__choice what)
{
    (void)self;
    (void)what;
    return outer_choose(count);
}

void *weft__alloc(size_t size)
{
    return outer_alloc(size);
}

void weft__free(void *memory, size_t size)
{
    outer_free(memory, size);
}

int weft__workers(weft__g *self, uint32_t count, const void *site)
{
    (void)self;
    (void)count;
    (void)site;
    return 1;
}

_Noreturn void weft__die(weft__g *self, weft__end end, const void *site, const char *message)
{
    (void)self;
    (void)end;
    (void)site;
    outer_fail(message);
}

/* ---- The test's side ---- */

static void run_main(void *program)
{
    static weft__g main_g;
    main_g.id = 1;
    main_g.name = "main";
    begin(&main_g);
    outer_set_self(&main_g);
    ((weft_fn *)(uintptr_t)program)(NULL);
}

static void explore_scenario(void **state)
{
    const scenario *const s = *state;
    outer_explore(s->name, run_main, (void *)(uintptr_t)s->program);
}

int run_scenarios(const scenario *scenarios, size_t count)
{
    static struct CMUnitTest tests[16];
    WEFT__CHECK(count <= sizeof tests / sizeof tests[0]);
    const char *const limit = getenv("STEPPED_SCENARIOS");
    count = limit == NULL ? count : strtoul(limit, NULL, 10);
    for (size_t i = 0; i < count; i++) {
        tests[i] = (struct CMUnitTest){.name = scenarios[i].name,
                                       .test_func = explore_scenario,
                                       .initial_state = (void *)(uintptr_t)&scenarios[i]};
    }
    return _cmocka_run_group_tests("stepped", tests, count, NULL, NULL);
}

void start(weft_fn *fn, void *arg)
{
    WEFT__CHECK(weft__go(&(weft_go_options){.name = "inner"}, fn, arg, NULL) == 0);
}

void start_parked(weft_fn *fn, void *arg)
{
    outer_event *const parked = outer_event_make();
    await_park = parked;
    start(fn, arg);
    await_park = NULL;
    outer_event_wait(parked);
}

void join(void)
{
    outer_join();
}
