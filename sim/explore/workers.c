/* workers.c: see workers.h.
 *
 * A worker counts as done only if it has said so in its seat: one that was killed, or whose program
 * called exit, has not, whatever its status is. */
#include "workers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../memory.h"
#include "../report/console.h"

enum { WATCH_EVERY_MS = 100 };

uint32_t weft__workers_default(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    const int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < 1 ? 1 : count > WEFT__JOBS_MAX ? WEFT__JOBS_MAX : (uint32_t)count;
}

_Noreturn static void be_worker(const weft__crew *crew, uint32_t worker, pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1); /* it died before the line above */
    }
    crew->work(worker, crew->arg);
    __atomic_store_n(&crew->seats[worker].done, true, __ATOMIC_RELEASE);
    _exit(0); /* what stdio buffers hold here belongs to the parent, or to muted runs */
}

typedef struct weft__worker {
    pid_t process; /* 0: it has ended */
    int pulse;     /* of a pipe that nobody writes to: it is at its end when the worker is */
} weft__worker;

static int start(const weft__crew *crew, uint32_t i, weft__worker *ret_worker)
{
    int ends[2];
    const pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -EAGAIN;
    }
    const pid_t process = fork();
    if (process == 0) {
        (void)close(ends[0]);
        be_worker(crew, i, parent);
    }
    (void)close(ends[1]);
    if (process < 0) {
        (void)close(ends[0]);
        return -EAGAIN;
    }
    *ret_worker = (weft__worker){.process = process, .pulse = ends[0]};
    return 0;
}

static void tell_death(const weft__crew *crew, uint32_t i, int status)
{
    char how[160];
    if (status < 0) {
        (void)snprintf(how, sizeof how, "died, and the program ignores SIGCHLD");
    } else if (WIFSIGNALED(status)) {
        (void)snprintf(how, sizeof how, "was killed by signal %d (%s)%s", WTERMSIG(status),
                       strsignal(WTERMSIG(status)),
                       WTERMSIG(status) == SIGKILL ? ", as when memory runs out" : "");
    } else {
        (void)snprintf(how, sizeof how, "ended with status %d%s", WEXITSTATUS(status),
                       WEXITSTATUS(status) == 2 ? "" : ": the program called exit");
    }
    weft__console_error("worker %u of %u %s in run %llu; not all schedules were tried", i + 1,
                        crew->count, how, (unsigned long long)crew->seats[i].run + 1);
}

/* 0: it runs, or has ended well; -ECHILD: told. */
static int look_after(const weft__crew *crew, weft__worker *workers, uint32_t i)
{
    int status = -1;
    weft__worker *const worker = &workers[i];
    const pid_t ended = waitpid(worker->process, &status, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR)) {
        return 0;
    }
    worker->process = 0;
    (void)close(worker->pulse);
    if (__atomic_load_n(&crew->seats[i].done, __ATOMIC_ACQUIRE)) {
        return 0;
    }
    tell_death(crew, i, ended < 0 ? -1 : status);
    return -ECHILD;
}

/* Until one of them ends, or for a moment. */
static void wait_for_some(const weft__worker *workers, uint32_t count)
{
    struct pollfd pulses[WEFT__JOBS_MAX];
    nfds_t alive = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (workers[i].process != 0) {
            pulses[alive++] = (struct pollfd){.fd = workers[i].pulse};
        }
    }
    (void)poll(pulses, alive, WATCH_EVERY_MS);
}

static int attend(const weft__crew *crew, weft__worker *workers)
{
    for (;;) {
        uint32_t alive = 0;
        for (uint32_t i = 0; i < crew->count; i++) {
            if (workers[i].process != 0 && look_after(crew, workers, i) != 0) {
                return -ECHILD;
            }
            alive += workers[i].process != 0 ? 1 : 0;
        }
        if (alive == 0) {
            return 0;
        }
        wait_for_some(workers, crew->count);
        crew->watch(crew->arg);
    }
}

static void stop(weft__worker *workers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (workers[i].process != 0) {
            (void)kill(workers[i].process, SIGKILL);
            while (waitpid(workers[i].process, NULL, 0) < 0 && errno == EINTR) {
            }
            (void)close(workers[i].pulse);
        }
    }
}

int weft__workers_run(const weft__crew *crew)
{
    weft__worker *const workers = weft__grow(NULL, crew->count * sizeof *workers);
    uint32_t started = 0;
    int error = 0;
    (void)fflush(NULL); /* or each worker would have a copy to write */
    while (started < crew->count && error == 0) {
        error = start(crew, started, &workers[started]);
        started += error == 0 ? 1 : 0;
    }
    if (error != 0) {
        weft__console_error("cannot start worker %u of %u: %s", started + 1, crew->count,
                            strerror(errno));
    } else {
        error = attend(crew, workers);
    }
    stop(workers, started);
    free(workers);
    return error;
}
