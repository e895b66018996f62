/* reporter.c: see reporter.h. */
#include "reporter.h"

#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

#include "backtrace.h"
#include "fatal.h"
#include "futex.h"
#include "timing.h"

#define PATIENCE_NS (2 * WEFT_SECOND)

static struct {
    bool running;
    sem_t wanted;
    pthread_t thread;
    uint32_t ending; /* atomic, as the next two */
    uint32_t asked;  /* where `overflowed` is */
    uint32_t told;   /* futex: that was said */
    const weft__g *overflowed;
    weft__registers registers;
} reporter;

static _Noreturn void wait_for_the_end(void)
{
    for (;;) {
        (void)pause();
    }
}

static void *print_when_wanted(void *arg)
{
    for (;;) {
        while (sem_wait(&reporter.wanted) != 0) {
            /* EINTR: a debugger */
        }
        if (weft__load_acquire(&reporter.asked) != 0) {
            weft__report_overflow(reporter.overflowed, &reporter.registers);
            weft__store_release(&reporter.told, 1);
            weft__futex_wake(&reporter.told);
            wait_for_the_end(); /* which is near; a thread that has ended would want to be joined */
        }
        if (weft__load_acquire(&reporter.ending) != 0) {
            return arg;
        }
        weft__report_all(STDERR_FILENO);
    }
}

static int start(void)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const int error = pthread_create(&reporter.thread, NULL, print_when_wanted, NULL);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

void weft__reporter_enter(void)
{
    reporter.ending = 0;
    (void)sem_init(&reporter.wanted, 0, 0);
    reporter.running = start() == 0;
}

void weft__reporter_leave(void)
{
    if (weft__load_acquire(&reporter.asked) != 0) {
        wait_for_the_end(); /* the thread that has asked ends the process */
    }
    if (reporter.running) {
        reporter.running = false;
        weft__store_release(&reporter.ending, 1);
        (void)sem_post(&reporter.wanted);
        (void)pthread_join(reporter.thread, NULL);
    }
}

void weft__reporter_list(void)
{
    (void)sem_post(&reporter.wanted);
}

bool weft__reporter_where(const weft__g *g, const void *ucontext)
{
    if (!reporter.running) {
        return false;
    }
    const int64_t end_ns = weft__timing_now_ns() + PATIENCE_NS;
    reporter.overflowed = g;
    weft__registers_of(ucontext, &reporter.registers);
    weft__store_release(&reporter.asked, 1);
    (void)sem_post(&reporter.wanted);
    while (weft__load_acquire(&reporter.told) == 0 && weft__timing_now_ns() < end_ns) {
        weft__futex_wait(&reporter.told, 0, end_ns);
    }
    return weft__load_acquire(&reporter.told) != 0;
}
