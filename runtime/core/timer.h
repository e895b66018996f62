/* timer.h: timers as the backend sees them, and waiting with a deadline.
 *
 * INVARIANTS
 *   - `fire` runs at most once for each arming, in the backend's hands and with its timer lock
 *   held:
 *     it must not park, arm or cancel. It may take a channel's lock, make goroutines ready and
 *     spawn. It returns the next deadline at which the backend arms the timer again, or WEFT_NEVER:
 *     the timer may then be gone already, so that the backend must not touch it after the call
 *     (`place` is 0 before).
 *   - A timer that is armed is not moved or freed. */
#ifndef WEFT_CORE_TIMER_H
#define WEFT_CORE_TIMER_H

#include "waitq.h"

typedef int64_t weft__fire_fn(weft__timer *timer, int64_t now_ns);

struct weft__timer {
    weft__object object; /* named by its maker, as a channel */
    int64_t deadline_ns;
    weft__fire_fn *fire;
    const weft_chan *chan; /* fires into this channel: matters to nobody while nobody waits there */
    uint64_t place;        /* the backend's: 0 while not armed */
    uint64_t order;        /* the backend's: breaks ties of equal deadlines */
};

/* One park of one goroutine that several wakers compete for: the channels of a select, a
 * deadline. */
struct weft__wait {
    uint32_t claimed; /* 0, or 1 once a waker has won */
    uint32_t clock;   /* WAIT_ARMED, WAIT_PARKED, WAIT_EXPIRED */
    weft__g *g;
    weft__waiter *winner; /* NULL: the deadline */
    weft__timer timer;
};

/* Get ready to wait for whatever comes first. With a finite deadline the clock runs from here on.
 * No lock of the core is held. */
void weft__wait_begin(weft__wait *wait, weft__g *self, int64_t deadline_ns);

/* Park until a waker has won; `release` drops the locks under which the waiters were queued, and
 * that the goroutine takes again before it leaves the frame of `arg`; NULL: there are none. */
void weft__wait_park(weft__wait *wait, weft__commit_fn *release, void *arg, weft__why why);

/* What weft__wait_park parks with: the argument of its commit. Reports read it. */
typedef struct weft__wait_commit {
    weft__wait *wait;
    weft__commit_fn *release;
    void *arg;
} weft__wait_commit;

/* Stop the clock. No lock of the core is held. */
void weft__wait_end(weft__wait *wait);

/* weft_sleep, on behalf of the call that returns to `site`. */
void weft__sleep(weft__g *self, int64_t duration_ns, const void *site);

/* weft_timer_after_func in two parts; and stopping it: without schedule points. */
weft_timer *weft__after_func_make(weft_fn *fn, void *arg);
void weft__timer_start(weft_timer *timer, int64_t duration_ns);
bool weft__timer_stop(weft_timer *timer);

/* What weft_after made and nobody has received. The simulator puts it back with the memory that the
 * list is in. */
typedef struct weft__afters_list {
    weft__lock lock;
    struct weft__after *head;
} weft__afters_list;

extern weft__afters_list weft__afters;

/* For a backend, when a run has ended and no goroutine is left: free what weft_after made and
 * nobody received. The simulator, which drops all memory of a run at once, does not need it. */
void weft__afters_free(void);

#endif
