/* dump_signal.c: see dump_signal.h.
 *
 * The handler only asks the reporter. */
#include "dump_signal.h"

#include <errno.h>
#include <signal.h>

#include "reporter.h"

static struct {
    int number; /* 0: not caught */
    struct sigaction before;
} dump_signal;

static void caught(int number, siginfo_t *info, void *context)
{
    const int saved_errno = errno;
    const struct sigaction *const before = &dump_signal.before;
    weft__reporter_list();
    if ((before->sa_flags & SA_SIGINFO) != 0) {
        before->sa_sigaction(number, info, context);
    } else if (before->sa_handler != SIG_DFL) {
        before->sa_handler(number);
    }
    errno = saved_errno;
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
    if (number == 0 || sigaction(number, NULL, &dump_signal.before) != 0 ||
        dump_signal.before.sa_handler == SIG_IGN) {
        return;
    }
    if (catch_it(number) == 0) {
        dump_signal.number = number;
    }
}

void weft__dump_signal_leave(void)
{
    if (dump_signal.number != 0) {
        (void)sigaction(dump_signal.number, &dump_signal.before, NULL);
    }
}
