/* crash.c: see crash.h.
 *
 * The handler runs on a stack of its own, so that the overflow of a goroutine's stack can be told
 * from other crashes by its address, and leaves by switching to the explorer: the goroutine that
 * crashed never runs again. */
#include "crash.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../run.h"
#include "arch/interrupted.h"

static const struct {
    int number;
    const char *text;
} watched[] = {
    {SIGSEGV, "SIGSEGV, invalid memory access"},
    {SIGBUS, "SIGBUS, bad memory access"},
    {SIGFPE, "SIGFPE, arithmetic error"},
    {SIGILL, "SIGILL, illegal instruction"},
    {SIGABRT, "SIGABRT, abort"},
};

enum { WATCHED_COUNT = sizeof watched / sizeof watched[0], STACK_SIZE = 64 << 10, FRAMES_MAX = 64 };

static struct {
    struct sigaction before[WATCHED_COUNT];
    stack_t stack_before;
    char stack[STACK_SIZE];
} crash WEFT_KEEP;

/* The main program is where this file is. */
bool weft__in_program(const void *address)
{
    Dl_info ours;
    Dl_info theirs;
    return dladdr(&crash, &ours) != 0 && dladdr(address, &theirs) != 0 &&
           ours.dli_fbase == theirs.dli_fbase;
}

/* When a library was interrupted, the call into it is the first frame of the program above. */
const void *weft__crash_blame(const char *counter)
{
    void *frames[FRAMES_MAX];
    bool interrupted = false;
    if (weft__in_program(counter)) {
        return counter;
    }
    const int count = backtrace(frames, FRAMES_MAX);
    for (int i = 0; i < count; i++) {
        interrupted = interrupted || frames[i] == counter - 1;
        if (interrupted && weft__in_program(frames[i])) {
            return frames[i];
        }
    }
    return counter;
}

static void give_back(int signal_number)
{
    for (size_t i = 0; i < WATCHED_COUNT; i++) {
        if (watched[i].number == signal_number) {
            (void)sigaction(signal_number, &crash.before[i], NULL);
        }
    }
}

static const char *text_of(int signal_number)
{
    for (size_t i = 0; i < WATCHED_COUNT; i++) {
        if (watched[i].number == signal_number) {
            return watched[i].text;
        }
    }
    return "signal";
}

/* A crash of the explorer itself: most likely a run has damaged its memory. */
static void tell_damage(void)
{
    char line[200];
    const int length =
        snprintf(line, sizeof line,
                 "weft: crashed after run %llu of seed %llu: a run has damaged memory that is not "
                 "its own; try a build with -fsanitize=address\n",
                 (unsigned long long)weft__the_run.plan.run + 1,
                 (unsigned long long)weft__the_run.plan.seed);
    (void)!write(STDERR_FILENO, line, (size_t)length);
}

static void on_signal(int signal_number, siginfo_t *info, void *context)
{
    weft__g *const self = weft__self();
    if (self->id == 0) {
        tell_damage();
        give_back(signal_number); /* not the program under test: let it happen again, for real */
        return;
    }
    char message[256];
    const void *const site = weft__crash_blame(weft__interrupted_at(context) + 1);
    if (signal_number == SIGSEGV && weft__stack_overflowed(self->stack, info->si_addr)) {
        (void)snprintf(message, sizeof message,
                       "stack overflow of goroutine \"%s\": its stack has %zu bytes "
                       "(weft_go_options.stack_size, WEFT_STACK_SIZE)",
                       self->name, self->stack.size);
    } else if (signal_number == SIGSEGV || signal_number == SIGBUS) {
        (void)snprintf(message, sizeof message, "%s at address %p", text_of(signal_number),
                       info->si_addr);
    } else {
        (void)snprintf(message, sizeof message, "%s", text_of(signal_number));
    }
    weft__run_failed(self, WEFT_FOUND_CRASH, site, message);
}

void weft__crash_watch(void)
{
    void *frame = NULL;
    (void)backtrace(&frame, 1); /* loads what it needs now, not in the handler */
    const stack_t stack = {.ss_sp = crash.stack, .ss_size = sizeof crash.stack};
    (void)sigaltstack(&stack, &crash.stack_before);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    for (size_t i = 0; i < WATCHED_COUNT; i++) {
        (void)sigaction(watched[i].number, &action, &crash.before[i]);
    }
}

void weft__crash_unwatch(void)
{
    for (size_t i = 0; i < WATCHED_COUNT; i++) {
        (void)sigaction(watched[i].number, &crash.before[i], NULL);
    }
    (void)sigaltstack(&crash.stack_before, NULL);
}
