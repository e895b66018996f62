/* fatal.c: last words. See fatal.h.
 *
 * Texts are formatted into small buffers and written with write(2): stdio would want 8 KiB of a
 * stack that may be 16. */
#include "fatal.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "retake.h"
#include "run.h"
#include "timeline.h"
#include "waiting.h"

enum { EXIT_STATUS = 2, LISTED_MAX = 100, TOP_MAX = 16, LINE_SIZE = 1024, PLACE_SIZE = 768 };

/* Held by whoever reports: libdw serves one at a time. Last words never let go of it. */
static pthread_mutex_t reporting = PTHREAD_MUTEX_INITIALIZER;
static int report_fd = STDERR_FILENO;

static void write_all(int fd, const char *text, size_t size)
{
    while (size > 0) {
        const ssize_t n = write(fd, text, size);
        if (n <= 0) {
            return;
        }
        text += n;
        size -= (size_t)n;
    }
}

static void write_line(int fd, const char *format, va_list args)
{
    char line[LINE_SIZE];
    const int n = vsnprintf(line, sizeof line - 1, format, args);
    size_t size = n < 0 ? 0 : (size_t)n;
    if (size > sizeof line - 2) {
        size = sizeof line - 2;
    }
    line[size] = '\n';
    write_all(fd, line, size + 1);
}

static void WEFT_PRINTF(1, 2) say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(report_fd, format, args);
    va_end(args);
}

void weft__complain(const char *format, ...)
{
    write_all(STDERR_FILENO, "weft: ", strlen("weft: "));
    va_list args;
    va_start(args, format);
    write_line(STDERR_FILENO, format, args);
    va_end(args);
}

static void say_site(const char *what, const void *site)
{
    char place[PLACE_SIZE];
    if (site != NULL) {
        weft__backtrace_place(site, place, sizeof place);
        say("        %s %s", what, place);
    }
}

/* From the public call that returns to `from` on (NULL: all of it). false: no stack. */
static bool say_stack(const weft__g *g, const weft__registers *registers, const void *from)
{
    const void *frames[WEFT__BACKTRACE_MAX];
    const size_t count = weft__backtrace(g, registers, frames);
    size_t first = 0;
    while (first < count && frames[first] != from) {
        first++;
    }
    for (size_t i = first == count ? 0 : first; i < count; i++) {
        say_site("at", frames[i]);
    }
    return count != 0;
}

static void say_goroutine(const weft__g *g, const char *state)
{
    say("goroutine %llu [%s]: %s", (unsigned long long)g->id, state, g->name);
}

static void say_object(const char *line)
{
    say("        on %s", line);
}

static void say_parked(const weft__g *g)
{
    weft__registers registers;
    char state[128];
    weft__waiting_state(g, state, sizeof state);
    say_goroutine(g, state);
    weft__waiting_objects(g, say_object);
    if (weft__registers_parked(g, &registers)) {
        (void)say_stack(g, &registers, NULL);
    }
    say_site("created at", g->go_site);
}

/* The first one prints; the process ends under the others. */
static void begin(void)
{
    static weft__lock once;
    if (!weft__lock_try(&once)) {
        for (;;) {
            (void)pause();
        }
    }
    (void)pthread_mutex_lock(&reporting);
    report_fd = STDERR_FILENO;
    (void)fflush(stdout);
}

static _Noreturn void end(void)
{
    weft__timeline_die();
    _exit(EXIT_STATUS);
}

/* ---- deadlock ---- */

/* Of the first `workers` registries. */
static size_t collect(weft__g **ret_all, size_t limit, uint32_t workers)
{
    size_t count = 0;
    for (uint32_t i = 0; i < workers; i++) {
        weft__g *g = weft__sched_state.workers[i].registry.newest;
        for (; g != NULL && count < limit; g = weft__task_of(g)->older) {
            ret_all[count++] = g;
        }
    }
    return count;
}

static int by_id(const void *a, const void *b)
{
    const uint64_t x = (*(weft__g *const *)a)->id;
    const uint64_t y = (*(weft__g *const *)b)->id;
    return (x > y) - (x < y);
}

/* What collect has found, by id. */
static void say_each(weft__g **all, size_t count, void (*say_one)(const weft__g *g))
{
    qsort(all, count, sizeof *all, by_id);
    for (size_t i = 0; i < count && i < LISTED_MAX; i++) {
        say("%s", "");
        say_one(all[i]);
    }
    if (count > LISTED_MAX) {
        say("\n... and %zu more", count - LISTED_MAX);
    }
}

static void say_all(uint32_t workers, void (*say_one)(const weft__g *g))
{
    const size_t alive = weft__run_alive();
    weft__g **const all = calloc(alive + 1, sizeof(weft__g *));
    if (all != NULL) {
        say_each(all, collect(all, alive, workers), say_one);
        free(all);
    }
}

_Noreturn void weft__fatal_deadlock(void)
{
    begin();
    const weft__g *const main = weft__sched_state.main;
    if (main->why == WEFT__WHY_MAIN_EXIT && weft__run_alive() == 1) {
        say("fatal error: no goroutines (main called weft_exit) - deadlock!");
    } else {
        say("fatal error: all goroutines are asleep - deadlock!");
    }
    say_all(weft__workers_made(), say_parked);
    end();
}

/* ---- lists of goroutines ---- */

/* One that may run meanwhile. A stack that changes while it is read is wrong, but does no harm. */
static void say_live(const weft__g *g)
{
    if (weft__waiting_why(g) != WEFT__WHY_RUNNING) {
        say_parked(g);
        return;
    }
    char state[128];
    weft__waiting_state(g, state, sizeof state);
    say_goroutine(g, state);
    say_site("created at", g->go_site);
}

/* With the registries held no goroutine is born or freed. Nobody else holds two of them. */
void weft__report_all(int fd)
{
    const weft__sched *const sched = &weft__sched_state;
    const uint32_t workers = weft__workers_made(); /* those made later are not listed */
    (void)pthread_mutex_lock(&reporting);
    report_fd = fd;
    while (!weft__retake_enter()) {
        (void)sched_yield();
    }
    for (uint32_t i = 0; i < workers; i++) {
        weft__lock_acquire_biased(&sched->workers[i].registry.lock);
    }
    say("%u goroutines", weft__run_alive());
    say_all(workers, say_live);
    for (uint32_t i = 0; i < workers; i++) {
        weft__lock_release(&sched->workers[i].registry.lock);
    }
    weft__retake_leave();
    (void)pthread_mutex_unlock(&reporting);
}

void weft__report_leaks(void)
{
    const size_t alive = weft__run_alive();
    weft__g **const all = calloc(alive + 1, sizeof(weft__g *));
    if (all == NULL) {
        return;
    }
    const size_t count = collect(all, alive, weft__workers_made());
    size_t leaks = 0;
    for (size_t i = 0; i < count; i++) {
        if (!all[i]->daemon && !weft__is_main(all[i])) {
            all[leaks++] = all[i];
        }
    }
    if (leaks != 0) {
        (void)pthread_mutex_lock(&reporting);
        report_fd = STDERR_FILENO;
        say("leak: %zu goroutines had not ended when main returned", leaks);
        say_each(all, leaks, say_parked);
        (void)pthread_mutex_unlock(&reporting);
    }
    free(all);
}

/* The innermost address is that of an instruction, and the others are return addresses. */
void weft__report_overflow(const weft__g *g, const weft__registers *registers)
{
    const void *frames[WEFT__BACKTRACE_MAX];
    const char *const at = (const char *)(uintptr_t)registers->pc + 1;
    (void)pthread_mutex_lock(&reporting);
    report_fd = STDERR_FILENO;
    const size_t count = weft__backtrace(g, registers, frames);
    say_site("at", at);
    for (size_t i = 1; i < count && i < TOP_MAX; i++) {
        say_site("at", frames[i]);
    }
    if (count > TOP_MAX) {
        say("        ...");
    }
    say_site("created at", g->go_site);
    (void)pthread_mutex_unlock(&reporting);
}

static void *dump(void *fd)
{
    weft__report_all(*(const int *)fd);
    return NULL;
}

int weft_dump(int fd)
{
    pthread_t helper; /* its stack is large enough for libdw */
    const int error = pthread_create(&helper, NULL, dump, &fd);
    if (error == 0) {
        (void)pthread_join(helper, NULL);
    }
    return -error;
}

/* ---- panic and friends ---- */

typedef struct death {
    const weft__g *self;
    const void *site;
    weft__registers registers;
} death;

static void *say_death(void *arg)
{
    const death *const d = arg;
    if (d->self->id == 0) {
        say("outside of any goroutine");
        say_site("at", d->site);
        return NULL;
    }
    say_goroutine(d->self, "running");
    if (!say_stack(d->self, &d->registers, d->site)) {
        say_site("at", d->site);
    }
    say_site("created at", d->self->go_site);
    return NULL;
}

_Noreturn void weft__fatal_die(const weft__g *self, weft__end why, const void *site,
                               const char *message)
{
    static const char *const titles[] = {
        [WEFT__END_PANIC] = "panic",
        [WEFT__END_ASSERT] = "assertion failed",
        [WEFT__END_FATAL] = "fatal error",
    };
    static death d; /* one process ends once: and a goroutine's stack is small */
    begin();
    say("%s: %s\n", titles[why], message);
    d.self = self;
    d.site = site;
    WEFT__REGISTERS_HERE(&d.registers);
    pthread_t helper; /* its stack is large enough for libdw */
    if (pthread_create(&helper, NULL, say_death, &d) == 0) {
        (void)pthread_join(helper, NULL);
    } else {
        say_goroutine(self, "running");
    }
    end();
}
