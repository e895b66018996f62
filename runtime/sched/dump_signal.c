/* dump_signal.c: see dump_signal.h.
 *
 * The handler only posts a semaphore, which a handler may; a thread of the run does the printing.
 * That thread takes no signal of the program's: all are blocked there. */
#include "dump_signal.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

#include "core/atomic.h"
#include "fatal.h"

static struct {
    int number; /* 0: not caught */
    struct sigaction before;
    sem_t wanted;
    uint32_t ending; /* atomic */
    pthread_t printer;
} dump_signal;

static void caught(int number, siginfo_t *info, void *context)
{
    const int saved_errno = errno;
    const struct sigaction *const before = &dump_signal.before;
    (void)sem_post(&dump_signal.wanted);
    if ((before->sa_flags & SA_SIGINFO) != 0) {
        before->sa_sigaction(number, info, context);
    } else if (before->sa_handler != SIG_DFL) {
        before->sa_handler(number);
    }
    errno = saved_errno;
}

static void *print_when_wanted(void *arg)
{
    for (;;) {
        while (sem_wait(&dump_signal.wanted) != 0) {
            /* EINTR: a debugger */
        }
        if (weft__load_acquire(&dump_signal.ending) != 0) {
            return arg;
        }
        weft__report_all(STDERR_FILENO);
    }
}

static int start_printer(void)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const int error = pthread_create(&dump_signal.printer, NULL, print_when_wanted, NULL);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

static void end_printer(void)
{
    weft__store_release(&dump_signal.ending, 1);
    (void)sem_post(&dump_signal.wanted);
    (void)pthread_join(dump_signal.printer, NULL);
}

/* On the alternate stack, where the thread has one: a goroutine's stack may be small. */
static int catch_it(int number)
{
    struct sigaction action = {.sa_sigaction = caught,
                               .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
    (void)sigemptyset(&action.sa_mask);
    return sigaction(number, &action, NULL);
}

void weft__dump_signal_enter(int number)
{
    dump_signal.number = 0;
    dump_signal.ending = 0;
    if (number == 0 || sigaction(number, NULL, &dump_signal.before) != 0 ||
        dump_signal.before.sa_handler == SIG_IGN) {
        return;
    }
    (void)sem_init(&dump_signal.wanted, 0, 0);
    if (start_printer() != 0) {
        weft__complain("no thread for the list of goroutines: signal %d is left alone", number);
        return;
    }
    if (catch_it(number) != 0) {
        end_printer();
        return;
    }
    dump_signal.number = number;
}

void weft__dump_signal_leave(void)
{
    if (dump_signal.number == 0) {
        return;
    }
    (void)sigaction(dump_signal.number, &dump_signal.before, NULL);
    end_printer();
}
