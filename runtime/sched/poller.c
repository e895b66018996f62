/* poller.c: see poller.h. */
#include "poller.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "atomic64.h"
#include "core/g.h"
#include "core/system.h"
#include "timing.h"
#include "worker.h"

enum { LOOK_EVENTS = 64 }; /* perhaps on a goroutine's stack */

static struct {
    weft__lock lock; /* for making it */
    uint32_t epoll;  /* atomic: the descriptor + 1; 0 while there is none */
    int event;
    bool coarse;       /* the kernel has no epoll_pwait2 */
    uint32_t registry; /* atomic: who adds a record to epoll passes it to who gets it from there, as
                          the kernel does, but in words that the compiler knows */
    _Alignas(64) int64_t looked_ns;
} poller;

static int epoll_fd(void)
{
    return (int)weft__load_acquire(&poller.epoll) - 1;
}

bool weft__poller_exists(void)
{
    return epoll_fd() >= 0;
}

bool weft__poller_matters(void)
{
    return weft__load_relaxed(&weft__descriptor_waiting) != 0;
}

int64_t weft__poller_looked_ns(void)
{
    return weft__load64_relaxed(&poller.looked_ns);
}

static void looked(void)
{
    weft__store64_relaxed(&poller.looked_ns, weft__timing_now_ns());
}

/* ---- making it ---- */

static int make(void)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) {
        return -errno;
    }
    poller.event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (poller.event < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, poller.event, &event) != 0) {
        const int error = errno;
        if (poller.event >= 0) {
            (void)close(poller.event);
        }
        (void)close(epoll);
        return -error;
    }
    weft__store_release(&poller.epoll, (uint32_t)epoll + 1);
    return 0;
}

static int exist(void)
{
    int status = 0;
    if (epoll_fd() < 0) {
        weft__lock_acquire(&poller.lock);
        status = epoll_fd() < 0 ? make() : 0;
        weft__lock_release(&poller.lock);
    }
    return status;
}

/* A read of a Unix socket ends behind a message with descriptors, though more may be there. */
static bool reads_stop_short(int fd)
{
    int domain = 0;
    socklen_t size = sizeof domain;
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

int weft__sys_watch(int fd, weft__descriptor *d)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                .data.ptr = d};
    const int status = exist();
    if (status != 0) {
        return status;
    }
    if (reads_stop_short(fd)) {
        weft__descriptor_ready(d, WEFT__READY_LAST);
    }
    weft__add_acq_rel(&poller.registry, 1);
    if (epoll_ctl(epoll_fd(), EPOLL_CTL_ADD, fd, &event) == 0) {
        return 0;
    }
    /* Somebody else closed the number, and the file behind it lives on elsewhere. */
    const bool there = errno == EEXIST;
    return there && epoll_ctl(epoll_fd(), EPOLL_CTL_MOD, fd, &event) == 0 ? 0 : -errno;
}

void weft__sys_unwatch(int fd)
{
    (void)epoll_ctl(epoll_fd(), EPOLL_CTL_DEL, fd, NULL);
}

/* ---- delivering ---- */

static unsigned ready_of(uint32_t events)
{
    /* A read stops at an urgent byte as well: one that gets little means nothing any more. */
    const bool last = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI)) != 0;
    unsigned ready = last ? WEFT__READY_IN | WEFT__READY_LAST : 0;
    if ((events & EPOLLIN) != 0) {
        ready |= WEFT__READY_IN;
    }
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) {
        ready |= WEFT__READY_OUT;
    }
    return ready;
}

void weft__poller_deliver(const struct epoll_event *events, int count)
{
    (void)weft__load_acquire(&poller.registry);
    weft__thread_fires(true);
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr != NULL) {
            weft__descriptor_ready(events[i].data.ptr, ready_of(events[i].events));
        }
    }
    weft__thread_fires(false);
}

bool weft__poller_look(void)
{
    struct epoll_event events[LOOK_EVENTS];
    looked();
    const int count = epoll_wait(epoll_fd(), events, LOOK_EVENTS, 0);
    if (count > 0) {
        weft__poller_deliver(events, count);
    }
    return count > 0;
}

/* ---- sleeping ---- */

/* Rounded up to milliseconds. */
static int sleep_coarsely(struct epoll_event *events, int64_t left_ns)
{
    const int64_t most_ms = 1000 * 1000;
    const int64_t left_ms = left_ns / WEFT_MILLISECOND + 1;
    const int timeout_ms = left_ns < 0 ? -1 : (int)(left_ms < most_ms ? left_ms : most_ms);
    return epoll_wait(epoll_fd(), events, WEFT__POLLER_EVENTS, timeout_ms);
}

int weft__poller_sleep(struct epoll_event *events, int64_t until_ns)
{
    int64_t left_ns = -1;
    if (until_ns != WEFT_NEVER) {
        const int64_t now_ns = weft__timing_now_ns();
        left_ns = until_ns > now_ns ? until_ns - now_ns : 0;
    }
    int count = -1;
    bool coarse = weft__load_bool_acquire(&poller.coarse);
    if (!coarse) {
        const struct timespec left = {.tv_sec = left_ns / WEFT_SECOND,
                                      .tv_nsec = left_ns % WEFT_SECOND};
        count =
            epoll_pwait2(epoll_fd(), events, WEFT__POLLER_EVENTS, left_ns < 0 ? NULL : &left, NULL);
        coarse = count < 0 && errno == ENOSYS;
        weft__store_bool_relaxed(&poller.coarse, coarse);
    }
    if (coarse) {
        count = sleep_coarsely(events, left_ns);
    }
    looked();
    const bool interrupted = count == 1 && events[0].data.ptr == NULL;
    return count < 0 || interrupted ? 0 : count;
}

void weft__poller_interrupt(void)
{
    const uint64_t one = 1;
    (void)!write(poller.event, &one, sizeof one);
}
