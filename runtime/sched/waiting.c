/* waiting.c: what a goroutine waits for, in words. See waiting.h. */
#include "waiting.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/select.h"
#include "core/sync.h"
#include "core/timer.h"
#include "timing.h"

enum { LINE_SIZE = 160, CASES_MAX = 16 };
#define TOLD_FROM_NS (100 * WEFT_MILLISECOND)

typedef void say_fn(const char *line);

weft__why weft__waiting_why(const weft__g *g)
{
    return (weft__why)weft__load_relaxed((const uint32_t *)(const void *)&g->why);
}

static const void *waits_for(const weft__g *g)
{
    const weft__task *const task = (const weft__task *)(const void *)g->backend;
    return weft__load_pointer_relaxed(&task->waits_for);
}

/* ---- state and time ---- */

/* Not exact, like all of this: no atomic for the sake of it where goroutines are switched to. */
static __attribute__((no_sanitize("thread"))) bool has_run(const weft__task *task)
{
    return task->thread != NULL;
}

static void put_duration(int64_t ns, char *into, size_t size)
{
    const int64_t ms = ns / WEFT_MILLISECOND;
    const int64_t s = ns / WEFT_SECOND;
    if (s < 10) {
        (void)snprintf(into, size, "%lld ms", (long long)ms);
    } else if (s < 600) {
        (void)snprintf(into, size, "%lld s", (long long)s);
    } else {
        (void)snprintf(into, size, "%lld min", (long long)(s / 60));
    }
}

void weft__waiting_state(const weft__g *g, char *into, size_t size)
{
    const weft__task *const task = (const weft__task *)(const void *)g->backend;
    const weft__why why = weft__waiting_why(g);
    const int64_t ns = weft__timing_now_ns() - weft__load64_relaxed(&task->waits_since);
    if (why == WEFT__WHY_RUNNING && !has_run(task)) {
        (void)snprintf(into, size, "runnable, not started");
        return;
    }
    if (why == WEFT__WHY_RUNNING || ns < TOLD_FROM_NS) {
        (void)snprintf(into, size, "%s", weft__why_text(why));
        return;
    }
    char duration[32];
    put_duration(ns, duration, sizeof duration);
    (void)snprintf(into, size, "%s, %s", weft__why_text(why), duration);
}

/* ---- objects ---- */

/* By a system call of its own, which sanitizers do not look into either. false: there is nothing
 * at `from`, or no descriptor is free. */
static bool copy(void *into, const void *from, size_t size)
{
    int ends[2];
    if (size > PIPE_BUF || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        return false;
    }
    const bool copied = syscall(SYS_write, ends[1], from, size) == (long)size &&
                        syscall(SYS_read, ends[0], into, size) == (long)size;
    (void)close(ends[0]);
    (void)close(ends[1]);
    return copied;
}

/* `what` at `object`, and what `format` says of it unless that is "". */
static void WEFT_PRINTF(4, 5)
    tell(say_fn *say, const char *what, const void *object, const char *format, ...)
{
    char about[LINE_SIZE / 2];
    char line[LINE_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(about, sizeof about, format, args);
    va_end(args);
    (void)snprintf(line, sizeof line, "%s %p%s", what, object, about);
    say(line);
}

/* `verb`: what it wants to do there, " to send"; or "". */
static void tell_chan(say_fn *say, const weft_chan *ch, const char *verb)
{
    weft_chan c;
    if (!copy(&c, ch, sizeof c)) {
        tell(say, "channel", ch, "%s", verb);
    } else if (c.of_timer) {
        tell(say, "channel", ch, "%s (of a timer)", verb);
    } else {
        tell(say, "channel", ch, "%s (%zu of %zu buffered%s)", verb, c.count, c.capacity,
             c.closed ? ", closed" : "");
    }
}

static void tell_mutex(say_fn *say, const void *mutex)
{
    tell(say, "mutex", mutex, "%s", "");
}

static void tell_rwmutex(say_fn *say, const void *rwmutex)
{
    weft__rwmutex rw;
    if (!copy(&rw, rwmutex, sizeof rw)) {
        tell(say, "rwmutex", rwmutex, "%s", "");
    } else if (rw.writing != 0) {
        tell(say, "rwmutex", rwmutex, " (a writer has it)");
    } else {
        tell(say, "rwmutex", rwmutex, " (%u readers have it)", rw.reader_count);
    }
}

static void tell_cond(say_fn *say, const void *cond)
{
    tell(say, "cond", cond, "%s", "");
}

static void tell_waitgroup(say_fn *say, const void *waitgroup)
{
    weft__waitgroup wg;
    if (copy(&wg, waitgroup, sizeof wg)) {
        tell(say, "wait group", waitgroup, " (count %lld)", (long long)wg.count);
    } else {
        tell(say, "wait group", waitgroup, "%s", "");
    }
}

static void tell_once(say_fn *say, const void *once)
{
    tell(say, "once", once, "%s", "");
}

static void tell_sema(say_fn *say, const void *sema)
{
    weft__sema s;
    if (copy(&s, sema, sizeof s)) {
        tell(say, "semaphore", sema, " (%lld of %lld units held)", (long long)s.held,
             (long long)s.capacity);
    } else {
        tell(say, "semaphore", sema, "%s", "");
    }
}

static void tell_deadline(say_fn *say, int64_t deadline_ns)
{
    if (deadline_ns == WEFT_NEVER) {
        return;
    }
    const int64_t left_ns = deadline_ns - weft__timing_now_ns();
    char duration[32];
    char line[LINE_SIZE];
    put_duration(left_ns < 0 ? 0 : left_ns, duration, sizeof duration);
    (void)snprintf(line, sizeof line, "a timer, due in %s", duration);
    say(line);
}

static void tell_sleep(say_fn *say, const void *timer)
{
    weft__timer t;
    if (copy(&t, timer, sizeof t)) {
        tell_deadline(say, t.deadline_ns);
    }
}

static void tell_select(say_fn *say, const void *select)
{
    weft__select s;
    const bool copied = copy(&s, select, sizeof s);
    for (size_t i = 0; copied && i < s.arm_count; i++) {
        weft__arm arm;
        weft_case one;
        if (i == CASES_MAX) {
            say("...");
            return;
        }
        if (copy(&arm, &s.arms[i], sizeof arm) && copy(&one, arm.one, sizeof one)) {
            tell_chan(say, one.chan, one.kind == WEFT_CASE_SEND ? " to send" : " to receive");
        }
    }
}

/* Those that have a deadline, perhaps: `commit` is the weft__wait_commit. */
static void tell_wait(say_fn *say, const void *commit, void (*tell_object)(say_fn *, const void *))
{
    weft__wait_commit c;
    weft__wait wait;
    if (copy(&c, commit, sizeof c)) {
        tell_object(say, c.arg);
        if (copy(&wait, c.wait, sizeof wait)) {
            tell_deadline(say, wait.timer.deadline_ns);
        }
    }
}

void weft__waiting_objects(const weft__g *g, say_fn *say)
{
    const void *const object = waits_for(g);
    switch (weft__waiting_why(g)) {
    case WEFT__WHY_SEND:
    case WEFT__WHY_RECV:
        tell_chan(say, object, "");
        return;
    case WEFT__WHY_SELECT:
        tell_wait(say, object, tell_select);
        return;
    case WEFT__WHY_SLEEP:
        tell_sleep(say, object);
        return;
    case WEFT__WHY_MUTEX:
        tell_mutex(say, object);
        return;
    case WEFT__WHY_RLOCK:
    case WEFT__WHY_WLOCK:
        tell_rwmutex(say, object);
        return;
    case WEFT__WHY_COND:
        tell_cond(say, object);
        return;
    case WEFT__WHY_WAITGROUP:
        tell_waitgroup(say, object);
        return;
    case WEFT__WHY_ONCE:
        tell_once(say, object);
        return;
    case WEFT__WHY_SEMA:
    case WEFT__WHY_SEMA_NEVER:
        tell_wait(say, object, tell_sema);
        return;
    default: /* nothing that has an address */
        return;
    }
}
