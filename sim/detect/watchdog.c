/* watchdog.c: see watchdog.h. */
#include "watchdog.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../run.h"
#include "arch/interrupted.h"
#include "crash.h"

enum {
    TICK_NS = 500000000,
    TICKS = 10,      /* without a step */
    TICKS_AGAIN = 2, /* when it is known by now */
    TICKS_MORE = 4,  /* while a library runs, which may hold a lock */
};

static struct {
    timer_t timer;
    bool running;
    struct sigaction before;
    uint64_t runs; /* where the run was at the last tick: */
    uint64_t steps;
    unsigned ticks; /* since then */
    bool bit;       /* found something before */
} watchdog WEFT_KEEP;

static int signal_number(void)
{
    return SIGRTMAX - 1;
}

static void on_tick(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    const weft__run *const run = &weft__the_run;
    weft__g *const self = weft__self();
    if (self->id == 0 || watchdog.runs != run->executed || watchdog.steps != run->steps) {
        watchdog.runs = run->executed;
        watchdog.steps = run->steps;
        watchdog.ticks = 0;
        return;
    }
    const unsigned limit = watchdog.bit ? TICKS_AGAIN : TICKS;
    const char *const counter = weft__interrupted_at(context);
    watchdog.ticks++;
    if (watchdog.ticks < limit ||
        (watchdog.ticks < limit + TICKS_MORE && !weft__in_program(counter))) {
        return;
    }
    watchdog.bit = true;
    watchdog.ticks = 0;
    char message[256];
    (void)snprintf(message, sizeof message,
                   "goroutine \"%s\" has run for seconds without an operation, in code that is not "
                   "instrumented (found by a clock, not by a schedule)",
                   self->name);
    weft__run_failed(self, WEFT_FOUND_RUNAWAY, weft__crash_blame(counter + 1), message);
}

void weft__watchdog_start(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_tick;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART;
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = signal_number();
    const struct itimerspec every = {.it_interval.tv_nsec = TICK_NS, .it_value.tv_nsec = TICK_NS};
    if (timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &watchdog.timer) != 0) {
        return;
    }
    (void)sigaction(signal_number(), &action, &watchdog.before);
    (void)timer_settime(watchdog.timer, 0, &every, NULL);
    watchdog.running = true;
    watchdog.bit = false;
}

void weft__watchdog_stop(void)
{
    if (watchdog.running) {
        watchdog.running = false;
        (void)timer_delete(watchdog.timer);
        (void)sigaction(signal_number(), &watchdog.before, NULL);
    }
}
