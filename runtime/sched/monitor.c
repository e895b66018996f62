/* monitor.c: see monitor.h. */
#include "monitor.h"

#include "futex.h"
#include "idle.h"
#include "poller.h"
#include "retake.h"
#include "timing.h"

/* A timer is late when it should have fired so long ago; and then a worker may be taken that has
 * not come round for this long. */
#define LATE_NS (WEFT_MILLISECOND / 2)
#define LATE_SLICE_NS WEFT_MILLISECOND
#define UNPOLLED_NS WEFT_MILLISECOND   /* since somebody looked at epoll: too long */
#define LOOK_NS (5 * WEFT_MILLISECOND) /* between looks: a timer may be set meanwhile */

bool weft__poll_wanted;

static struct {
    int64_t slice_ns;
    bool late;                   /* a timer was fired here, and no worker has come round since */
    _Alignas(64) uint32_t awake; /* futex: 0 while it sleeps without limit */
} monitor;

void weft__monitor_reset(int64_t slice_ns)
{
    monitor.slice_ns = slice_ns;
    monitor.late = false;
    monitor.awake = 1;
    (void)weft__timing_tick();
}

void weft__monitor_watch(void)
{
    weft__fence_seq_cst(); /* behind the caller's store; sleep_until_busy has the other one */
    if (weft__load_relaxed(&monitor.awake) == 0) {
        weft__store_release(&monitor.awake, 1);
        weft__futex_wake(&monitor.awake);
    }
}

/* For how long w's thread has not come round. */
static int64_t stuck_ns(weft__worker *w, int64_t now_ns)
{
    const uint32_t tick = weft__load_relaxed(&w->tick);
    if (tick != w->seen_tick) {
        w->seen_tick = tick;
        w->seen_ns = now_ns;
        return 0;
    }
    return now_ns - w->seen_ns;
}

/* Fire what is late, as no worker has. */
static bool fire_late(int64_t now_ns)
{
    const int64_t next_ns = weft__timing_next_ns();
    if (next_ns == WEFT_NEVER || next_ns > now_ns - LATE_NS) {
        return false;
    }
    if (!weft__retake_enter()) {
        return false;
    }
    weft__timing_poll();
    weft__retake_leave();
    return true;
}

/* Goroutines wait on descriptors, and no worker sleeps in epoll. */
static bool is_unpolled(void)
{
    return weft__poller_matters() && !weft__idle_polls();
}

/* Look at epoll, as no worker has: or have an idle one do so. */
static void poll_late(int64_t now_ns)
{
    if (is_unpolled() && now_ns - weft__poller_looked_ns() >= UNPOLLED_NS &&
        !weft__idle_post_poller() && weft__retake_enter()) {
        (void)weft__poller_look();
        weft__retake_leave();
    }
}

static void look(void)
{
    const int64_t now_ns = weft__timing_tick();
    poll_late(now_ns);
    const bool fired = fire_late(now_ns);
    bool slow = false;
    bool came_round = false;
    weft__worker *longest = NULL;
    int64_t longest_ns = 0;
    const uint32_t count = weft__worker_count();
    for (uint32_t i = 0; i < count; i++) {
        weft__worker *const w = &weft__sched_state.workers[i];
        const int64_t ns = stuck_ns(w, now_ns);
        if (ns >= monitor.slice_ns && weft__worker_has_work(w) && weft__retake_take(w)) {
            continue;
        }
        came_round = came_round || ns == 0;
        slow = slow || (ns >= monitor.slice_ns / 2 && weft__worker_has_work(w));
        if (ns > longest_ns) {
            longest = w;
            longest_ns = ns;
        }
    }
    monitor.late = fired || (monitor.late && !came_round);
    weft__store_bool_relaxed(&weft__poll_wanted, slow || monitor.late); /* before one is taken */
    if (monitor.late && weft__idle_count() == 0 && longest_ns >= LATE_SLICE_NS &&
        weft__worker_has_work(longest)) {
        (void)weft__retake_take(longest);
    }
}

/* Until the next look; 0: all workers are idle, and there is nothing to look at. */
static int64_t pause_ns(void)
{
    if (weft__idle_count() == weft__worker_count()) {
        return 0;
    }
    const int64_t half_ns = monitor.slice_ns / 2;
    const int64_t look_ns = monitor.late ? LATE_SLICE_NS : is_unpolled() ? UNPOLLED_NS : LOOK_NS;
    const int64_t longest_ns = half_ns < look_ns ? half_ns : look_ns;
    const int64_t next_ns = weft__timing_next_ns();
    if (next_ns == WEFT_NEVER) {
        return longest_ns;
    }
    const int64_t wait_ns = next_ns + LATE_NS - weft__timing_now_ns();
    const int64_t shortest_ns = longest_ns < LATE_SLICE_NS ? longest_ns : LATE_SLICE_NS;
    return wait_ns < shortest_ns ? shortest_ns : wait_ns < longest_ns ? wait_ns : longest_ns;
}

static void sleep_until_busy(void)
{
    weft__store_relaxed(&monitor.awake, 0);
    weft__fence_seq_cst();
    if (weft__idle_count() != weft__worker_count() || weft__stopping()) {
        weft__store_relaxed(&monitor.awake, 1);
    }
    while (weft__load_acquire(&monitor.awake) == 0) {
        weft__futex_wait(&monitor.awake, 0, WEFT_NEVER);
    }
}

void weft__monitor_run(void)
{
    while (!weft__stopping()) {
        const int64_t ns = pause_ns();
        if (ns == 0) {
            sleep_until_busy();
        } else {
            weft__futex_wait(&weft__sched_state.stopping, 0, weft__timing_now_ns() + ns);
        }
        look();
    }
    weft__store_bool_relaxed(&weft__poll_wanted, false);
}
