/* overflow.c: the overflow of a goroutine's stack. See overflow.h.
 *
 * INVARIANTS
 *   - The program was interrupted anywhere, in malloc or printf too: the handler calls only what is
 *     async-signal-safe, takes no lock of the C library and does not flush stdout. It waits for the
 *     reporter, which may need one, for a while only. */
#include "overflow.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "core/arch/interrupted.h"
#include "reporter.h"
#include "timeline.h"

enum { EXIT_STATUS = 2, TEXT_MAX = 2048, HANDLER_STACK_SIZE = 64 << 10 };

static struct sigaction before;

/* ---- the report ---- */

typedef struct text {
    size_t size;
    char bytes[TEXT_MAX];
} text;

static void put(text *t, const char *string)
{
    for (; *string != '\0' && t->size < TEXT_MAX; string++) {
        t->bytes[t->size++] = *string;
    }
}

static void put_number(text *t, uint64_t number, unsigned base)
{
    char digits[sizeof number * 3 + 1];
    char *first = digits + sizeof digits - 1;
    *first = '\0';
    do {
        *--first = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    put(t, first);
}

/* As fatal.c puts it, for addr2line, without dladdr's lock where the C library can do that. */
static void put_site(text *t, const char *what, const char *site)
{
    put(t, "        ");
    put(t, what);
#if defined(DLFO_STRUCT_HAS_EH_DBASE) /* since glibc 2.35 */
    struct dl_find_object found;
    if (_dl_find_object((void *)(uintptr_t)site, &found) == 0) {
        const struct link_map *const map = found.dlfo_link_map;
        put(t, " (");
        put(t, map->l_name[0] == '\0' ? program_invocation_name : map->l_name);
        put(t, "+0x");
        put_number(t, (uintptr_t)site - map->l_addr, 16);
        put(t, ")\n");
        return;
    }
#endif
    put(t, " 0x");
    put_number(t, (uintptr_t)site, 16);
    put(t, "\n");
}

static void flush(text *t)
{
    (void)!write(STDERR_FILENO, t->bytes, t->size);
    t->size = 0;
}

/* First what needs nobody's help; the reporter knows source lines. */
static _Noreturn void report(const weft__g *g, const void *context)
{
    static weft__lock once;
    static text t;
    while (!weft__lock_try(&once)) {
        (void)pause(); /* another thread reports, and ends the process */
    }
    put(&t, "fatal error: stack overflow: the stack has ");
    put_number(&t, g->stack.size, 10);
    put(&t, " bytes (weft_go_options.stack_size, WEFT_STACK_SIZE)\n\ngoroutine ");
    put_number(&t, g->id, 10);
    put(&t, " [running]: ");
    put(&t, g->name);
    put(&t, "\n");
    flush(&t);
    if (!weft__reporter_where(g, context)) {
        put_site(&t, "at", weft__interrupted_at(context));
        if (g->go_site != NULL) {
            put_site(&t, "created at", (const char *)g->go_site - 1);
        }
        flush(&t);
    }
    weft__timeline_die();
    _exit(EXIT_STATUS);
}

/* ---- the signal ---- */

/* Within a switch self is the next goroutine already; but what comes before a switch needs more
 * stack than the switch does, so that no overflow begins there. */
static const weft__g *overflowed(const void *address)
{
    const weft__g *const self = weft__self();
    return self->id != 0 && weft__stack_overflowed(self->stack, address) ? self : NULL;
}

/* A default action comes when the program goes on, and faults again. */
static void pass_on(int number, siginfo_t *info, void *context)
{
    if ((before.sa_flags & SA_SIGINFO) != 0) {
        before.sa_sigaction(number, info, context);
    } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
        before.sa_handler(number);
    } else {
        (void)sigaction(number, &before, NULL);
        if (info->si_code <= 0) { /* not a fault: somebody has sent it */
            (void)raise(number);
        }
    }
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    const int saved_errno = errno;
    const weft__g *const g = info->si_code > 0 ? overflowed(info->si_addr) : NULL;
    if (g != NULL) {
        report(g, context);
    }
    pass_on(number, info, context);
    errno = saved_errno;
}

void weft__overflow_watch(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    (void)sigaction(SIGSEGV, &action, &before);
}

void weft__overflow_unwatch(void)
{
    struct sigaction now;
    if (sigaction(SIGSEGV, NULL, &now) == 0 && now.sa_sigaction == on_fault) {
        (void)sigaction(SIGSEGV, &before, NULL);
    }
}

void weft__overflow_enter(weft__thread *thread)
{
    stack_t now;
    if (sigaltstack(NULL, &now) != 0 || (now.ss_flags & SS_DISABLE) == 0 ||
        !weft__stack_alloc(HANDLER_STACK_SIZE, &thread->handler_stack)) {
        return;
    }
    now = (stack_t){.ss_sp = thread->handler_stack.low, .ss_size = thread->handler_stack.size};
    (void)sigaltstack(&now, NULL);
}

void weft__overflow_leave(weft__thread *thread)
{
    if (thread->handler_stack.low == NULL) {
        return;
    }
    (void)sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
    weft__stack_free(thread->handler_stack);
    thread->handler_stack = (weft__stack){NULL, 0};
}
