/* backend.c: the seam, simulated: every symbol that the core needs, but for weft__fuel_out,
 * which is engine.c's. See runtime/core/backend.h.
 *
 * One thread runs everything, so a commit may run on the parking goroutine's own stack: nobody else
 * can touch the goroutine before it has switched away. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <fail.h>

#include "detect/livelock.h"
#include "memory.h"
#include "order/observe.h"
#include "report/console.h"
#include "run.h"

/* Defined by both backends: linking both is an error that names the reason. */
int weft__backend_tag_ONE_BACKEND_ONLY_link_weft_runtime_or_weft_sim_not_both WEFT_KEEP = 1;

static weft__run *const run = &weft__the_run;
static weft__g outside WEFT_KEEP = {.fuel = INT32_MAX, .name = ""};

_Static_assert(sizeof(weft__task) <= sizeof outside.backend, "a task fits into a goroutine");

weft__g *weft__self(void)
{
    return run->current != NULL ? run->current : &outside;
}

_Noreturn void weft__g_enter(weft__g *g)
{
    weft__run_arrived(g);
    *run->errno_at = 0;
    weft__g_main(g);
}

bool weft__poll_wanted = true;

void weft__park(weft__g *self, weft__commit_fn *commit, void *arg, weft__why why)
{
    if (self->id == 0) {
        char message[128];
        (void)snprintf(message, sizeof message, "%s would wait, outside of a goroutine",
                       weft__why_text(why));
        weft__die(self, WEFT__END_FATAL, NULL, message);
    }
    self->why = why;
    run->members[weft__task_of(self)->slot].parked = true;
    if (why != WEFT__WHY_YIELD) {
        weft__run_parked(self);
    }
    if (commit != NULL) {
        commit(self, arg);
    }
    weft__run_switch(self, weft__run_next());
}

static void yielded(weft__g *g, void *arg)
{
    (void)arg;
    weft__ready(g, WEFT__TAIL);
}

void weft__yield(weft__g *self)
{
    weft__park(self, yielded, NULL, WEFT__WHY_YIELD);
}

void weft__ready(weft__g *g, weft__hint hint)
{
    (void)hint; /* the strategy decides */
    const weft__task *const task = weft__task_of(g);
    if (run->members[task->slot].g == NULL) {
        return; /* killed with its host */
    }
    WEFT__CHECK(run->members[task->slot].parked); /* exactly once for each park */
    run->members[task->slot].parked = false;
    if (run->trace.count != 0 && run->trace.events[run->trace.count - 1].woke == 0) {
        run->trace.events[run->trace.count - 1].woke = task->slot + 1;
    }
    weft__observe_wake(g);
    weft__livelock_wake(g->why);
    weft__run_admit(g);
}

void weft__lock_wait(weft__lock *lock)
{
    (void)lock;
    weft__die(weft__self(), WEFT__END_FATAL, NULL,
              "weft: a lock of the core was held across a switch");
}

/* The clock stands still meanwhile, and so do the others. */
void weft__blocking(weft__g *self, weft_fn *fn, void *arg)
{
    (void)self;
    fn(arg);
}

uint32_t weft__pick(weft__g *self, uint32_t count, weft__choice what)
{
    static uint64_t outside_draws WEFT_KEEP;
    if (self->id == 0) {
        outside_draws = weft__mix(outside_draws + 1, count);
        return count == 0 ? (uint32_t)outside_draws : (uint32_t)(outside_draws % count);
    }
    if (what == WEFT__CHOICE_RANDOM) {
        return weft__run_random(count);
    }
    return weft__run_choose(self, count);
}

/* Those of the last goroutines, by class: runs of a program use the same ones again and again. */
enum { STACKS_AT_HAND = 32 };
static struct {
    uint32_t count;
    char *lows[STACKS_AT_HAND];
} at_hand[WEFT__STACK_CLASSES] WEFT_KEEP;

bool weft__stack_take(weft__g *self, size_t size, weft__stack *ret_stack)
{
    (void)self;
    const unsigned class = weft__stack_class(size);
    if (size > WEFT__STACK_MAX || at_hand[class].count == 0) {
        return weft__stack_alloc(size, ret_stack);
    }
    *ret_stack =
        (weft__stack){at_hand[class].lows[--at_hand[class].count], weft__stack_size(class)};
    return true;
}

void weft__stack_put(weft__g *self, weft__stack stack)
{
    (void)self;
    const unsigned class = weft__stack_class(stack.size);
    if (at_hand[class].count == STACKS_AT_HAND) {
        weft__stack_free(stack);
        return;
    }
    at_hand[class].lows[at_hand[class].count++] = stack.low;
}

int weft__spawn(weft__g *self, weft__g *g)
{
    (void)self;
    return weft__run_birth(g);
}

_Noreturn void weft__exit(weft__g *self)
{
    weft__run_departs(self);
    weft__g *const next = weft__run_next();
    run->left = self;
    weft__fiber_switch(&self->fiber, &next->fiber, true);
    __builtin_unreachable();
}

_Noreturn void weft__die(weft__g *self, weft__end end, const void *site, const char *message)
{
    static const weft_finding_kind kinds[] = {
        [WEFT__END_PANIC] = WEFT_FOUND_PANIC,
        [WEFT__END_ASSERT] = WEFT_FOUND_ASSERTION,
        [WEFT__END_FATAL] = WEFT_FOUND_FATAL,
    };
    if (self->id == 0) {
        weft__console_die(message);
    }
    weft__run_failed(self, kinds[end], site, message);
}

int weft_dump(int fd)
{
    (void)fd;
    return 0;
}

void weft_stats_read(weft_stats *ret)
{
    memset(ret, 0, sizeof *ret);
    if (weft__self()->id != 0) {
        ret->goroutines = run->alive_count;
        ret->goroutines_runnable = run->waiting_count + run->announced_count;
        ret->goroutines_started = run->member_count;
    }
}

/* The number is the program's: nothing here depends on it. */
int weft__workers(weft__g *self, uint32_t count, const void *site)
{
    WEFT__POINT(self, .kind = count == 0 ? WEFT__OP_READ : WEFT__OP_UPDATE, .object = &run->workers,
                .n = sizeof run->workers, .site = site);
    const uint32_t before = run->workers;
    run->workers = count == 0 ? before : count;
    return (int)before;
}

int weft_trace_start(const char *path)
{
    (void)path;
    return 0;
}

int weft_trace_stop(void)
{
    return 0;
}

void weft_progress(void)
{
    const weft__g *const self = weft__self();
    weft__livelock_progress();
    if (self->id != 0) {
        run->members[self->id - 1].progress_at = run->steps;
    }
}

void weft_state(uint64_t hash)
{
    run->state = hash;
}

/* ---- Test frameworks (fail.h) ---- */

bool weft__inside(void)
{
    return weft__self()->id != 0;
}

_Noreturn void weft__fail_run(weft__g *self, const void *site, const char *file, int line,
                              const char *message)
{
    char text[512];
    (void)snprintf(text, sizeof text, "%s:%d: %s", file, line, message);
    (void)snprintf(run->outcome.place, sizeof run->outcome.place, "%s:%d", file, line);
    weft__run_failed(self, WEFT_FOUND_ASSERTION, site, text);
}

const char *weft__fail_message(void)
{
    return ""; /* the report has said it */
}

#ifdef NDEBUG /* then the header does not */
_Noreturn void __assert_fail(const char *assertion, const char *file, unsigned int line,
                             const char *function);
#endif

/* assert() of the C library, from within a goroutine: a finding instead of an abort. */
_Noreturn void __assert_fail(const char *assertion, const char *file, unsigned int line,
                             const char *function)
{
    char message[512];
    (void)snprintf(message, sizeof message, "%s:%u: %s: Assertion `%s' failed.", file, line,
                   function, assertion);
    weft__die(weft__self(), WEFT__END_ASSERT, WEFT__SITE, message);
}
