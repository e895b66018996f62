/* poller.h: epoll: which descriptors have become ready.
 *
 * INVARIANTS
 *   - One epoll for the process, made with the first descriptor. A descriptor is registered once,
 *     for both ways and edges only; the kernel forgets it when it is closed.
 *   - At most one worker sleeps in it: the poller, which is idle (idle.h). Others may look without
 *     sleeping.
 *   - Its eventfd is never read: only edges of it are waited for. */
#ifndef WEFT_SCHED_POLLER_H
#define WEFT_SCHED_POLLER_H

#include <stdbool.h>
#include <stdint.h>

struct epoll_event;

enum { WEFT__POLLER_EVENTS = 128 }; /* that are taken at once */

/* Whether any goroutine waits on a descriptor. */
bool weft__poller_matters(void);

/* Make who waits for what has become ready runnable, now. Returns whether there was any. On a
 * thread that has a worker, or in weft__retake_enter; no lock of the core is held. */
bool weft__poller_look(void);

/* When somebody has looked last, or slept in epoll; CLOCK_MONOTONIC. */
int64_t weft__poller_looked_ns(void);

/* Sleep until something is ready, until_ns, or weft__poller_interrupt, into `events`. Returns how
 * many. To be delivered by who has slept, when it may run goroutines. */
int weft__poller_sleep(struct epoll_event *events, int64_t until_ns);
void weft__poller_deliver(const struct epoll_event *events, int count);

/* Wake who sleeps, or who does so next. */
void weft__poller_interrupt(void);

/* Whether there is an epoll. */
bool weft__poller_exists(void);

#endif
