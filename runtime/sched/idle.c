/* idle.c: workers without work. See idle.h, which has the proof. */
#include "idle.h"

#include <sys/epoll.h>

#include "fatal.h"
#include "futex.h"
#include "inject.h"
#include "monitor.h"
#include "poller.h"
#include "retake.h"
#include "stack_cache.h"
#include "stats.h"
#include "timeline.h"
#include "timing.h"

/* worker->wake */
enum { WAKE_NOT, WAKE_LOOK, WAKE_UP };

static struct {
    weft__lock lock;
    weft__worker *sleepers; /* all that are idle, except the timekeeper */
    weft__worker *timekeeper;
    int64_t until_ns;            /* when the timekeeper wakes by itself */
    _Alignas(64) uint32_t count; /* atomic, written under lock */
    uint32_t token;              /* atomic: 1 while somebody searches */
    uint32_t polling;            /* atomic: 1 while somebody sleeps in epoll */
} idle;

/* ---- the list; the lock is held ---- */

static void push_sleeper(weft__worker *w)
{
    w->idle_next = idle.sleepers;
    idle.sleepers = w;
}

static void unlink_sleeper(const weft__worker *w)
{
    weft__worker **link = &idle.sleepers;
    while (*link != w) {
        link = &(*link)->idle_next;
    }
    *link = w->idle_next;
}

/* w becomes busy. If it kept the time, it must see to it that somebody else does. */
static void leave(weft__worker *w)
{
    if (idle.timekeeper == w) {
        idle.timekeeper = NULL;
        w->retime = true;
    } else {
        unlink_sleeper(w);
    }
    w->idle = false;
    weft__store_relaxed(&idle.count, idle.count - 1);
    weft__monitor_watch();
}

/* With `searching` the search token, which the caller holds, becomes w's; the release below is what
 * hands it over. */
static weft__worker *pop_it(weft__worker *w, bool searching)
{
    if (w != NULL) {
        leave(w);
        w->searching = searching;
        weft__store_release(&w->wake, WAKE_UP);
    }
    return w;
}

/* The timekeeper last: the others need no successor. */
static weft__worker *pop(bool searching)
{
    return pop_it(idle.sleepers != NULL ? idle.sleepers : idle.timekeeper, searching);
}

static weft__worker *pop_surplus(void)
{
    weft__worker *w = idle.sleepers;
    while (w != NULL && !weft__worker_is_surplus(w)) {
        w = w->idle_next;
    }
    if (w == NULL && idle.timekeeper != NULL && weft__worker_is_surplus(idle.timekeeper)) {
        w = idle.timekeeper;
    }
    return pop_it(w, false);
}

/* ---- waking ---- */

/* w->wake has been stored to. */
static void rouse(weft__worker *w)
{
    weft__fence_seq_cst(); /* nap has the other one */
    if (weft__load_relaxed(&w->polling) != 0) {
        weft__poller_interrupt();
    } else {
        weft__futex_wake(&w->wake);
    }
}

static void wake_searcher(void)
{
    weft__worker *w = NULL;
    weft__lock_acquire(&idle.lock);
    if (weft__load_relaxed(&idle.count) != 0 && weft__cas_acq_rel(&idle.token, 0, 1)) {
        w = pop(true);
        weft__stats_woken();
    }
    weft__lock_release(&idle.lock);
    if (w != NULL) {
        rouse(w);
    }
}

void weft__idle_notify(void)
{
    weft__fence_seq_cst();
    weft__idle_notify_fenced();
}

void weft__idle_notify_fenced(void)
{
    if (weft__load_relaxed(&idle.count) != 0 && weft__load_relaxed(&idle.token) == 0) {
        wake_searcher();
    }
}

void weft__idle_retime(void)
{
    weft__fence_seq_cst(); /* behind the store of the deadline; weft__idle_wait has the other one */
    if (weft__load_relaxed(&idle.count) == 0 || weft__timing_next_ns() == WEFT_NEVER) {
        return;
    }
    weft__worker *w = NULL;
    weft__lock_acquire(&idle.lock);
    if (idle.timekeeper == NULL && idle.sleepers != NULL) {
        idle.timekeeper = idle.sleepers;
        idle.sleepers = idle.timekeeper->idle_next;
        idle.until_ns = WEFT_NEVER;
    }
    if (idle.timekeeper != NULL && idle.until_ns > weft__timing_next_ns()) {
        w = idle.timekeeper;
        weft__store_release(&w->wake, WAKE_LOOK); /* idle, so nobody has stored WAKE_UP */
    }
    weft__lock_release(&idle.lock);
    if (w != NULL) {
        rouse(w);
    }
}

static void wake_each(bool surplus_only)
{
    weft__worker *w = NULL;
    do {
        weft__lock_acquire(&idle.lock);
        w = surplus_only ? pop_surplus() : pop(false);
        weft__lock_release(&idle.lock);
        if (w != NULL) {
            rouse(w);
        }
    } while (w != NULL);
}

void weft__idle_wake_surplus(void)
{
    wake_each(true);
}

void weft__idle_wake_all(void)
{
    wake_each(false);
}

/* ---- searching ---- */

bool weft__idle_search(weft__worker *w)
{
    if (!w->searching && weft__load_relaxed(&idle.token) == 0) {
        w->searching = weft__cas_acq_rel(&idle.token, 0, 1);
    }
    return w->searching;
}

void weft__idle_found(weft__worker *w)
{
    if (w->searching) {
        w->searching = false;
        weft__store_release(&idle.token, 0);
        weft__fence_seq_cst();
        if (weft__load_relaxed(&idle.count) != 0 && weft__worker_sees_work()) {
            weft__idle_notify();
        }
    }
    if (w->retime) {
        w->retime = false;
        weft__idle_retime();
    }
}

/* ---- sleeping ---- */

/* The newcomer keeps the time if the timekeeper would wake too late. */
static void enter(weft__worker *w)
{
    weft__lock_acquire(&idle.lock);
    w->idle = true;
    w->retime = false;
    weft__store_relaxed(&w->wake, WAKE_NOT);
    if (idle.timekeeper != NULL && idle.until_ns <= weft__timing_next_ns()) {
        push_sleeper(w);
    } else {
        if (idle.timekeeper != NULL) {
            push_sleeper(idle.timekeeper);
        }
        idle.timekeeper = w;
        idle.until_ns = weft__timing_next_ns();
    }
    weft__store_relaxed(&idle.count, idle.count + 1);
    weft__lock_release(&idle.lock);
}

/* false: somebody has popped w, whose WAKE_UP is there. */
static bool try_leave(weft__worker *w)
{
    weft__lock_acquire(&idle.lock);
    const bool was_idle = w->idle;
    if (was_idle) {
        leave(w);
    }
    weft__lock_release(&idle.lock);
    return was_idle;
}

void weft__idle_check_deadlock(void)
{
    if (weft__load_relaxed(&idle.count) != weft__worker_count() || weft__retake_at_large() != 0 ||
        weft__poller_matters()) {
        return;
    }
    weft__timing_lock();
    weft__lock_acquire(&idle.lock);
    if (idle.count == weft__worker_count() && !weft__stopping() && weft__retake_at_large() == 0 &&
        !weft__worker_sees_work() && !weft__timing_matters() && !weft__poller_matters()) {
        weft__fatal_deadlock();
    }
    weft__lock_release(&idle.lock);
    weft__timing_unlock();
}

static int64_t sleep_until_ns(const weft__worker *w)
{
    int64_t until_ns = WEFT_NEVER;
    weft__lock_acquire(&idle.lock);
    if (idle.timekeeper == w) {
        until_ns = weft__timing_next_ns();
        idle.until_ns = until_ns;
    }
    weft__lock_release(&idle.lock);
    return until_ns;
}

/* Sleep in epoll. Where something is ready w becomes busy, as if it had been woken, and searches:
 * then nobody else is woken for the first goroutine, which w runs itself, and one is for the next,
 * when w has found that one. */
static void nap_polling(weft__worker *w, int64_t until_ns)
{
    struct epoll_event events[WEFT__POLLER_EVENTS];
    int count = 0;
    weft__store_relaxed(&w->polling, 1);
    weft__fence_seq_cst(); /* rouse has the other one */
    if (weft__load_acquire(&w->wake) == WAKE_NOT) {
        count = weft__poller_sleep(events, until_ns);
    }
    weft__store_relaxed(&w->polling, 0);
    weft__store_release(&idle.polling, 0);
    if (count == 0) {
        return;
    }
    if (try_leave(w)) {
        weft__store_release(&w->wake, WAKE_UP); /* else who has popped w has stored it */
        (void)weft__idle_search(w);
    }
    weft__poller_deliver(events, count);
}

static void nap(weft__worker *w, int64_t until_ns)
{
    if (weft__poller_exists() && weft__cas_acquire(&idle.polling, 0, 1)) {
        nap_polling(w, until_ns);
    } else {
        weft__futex_wait(&w->wake, WAKE_NOT, until_ns);
    }
}

static void sleep_idle(weft__worker *w)
{
    for (;;) {
        const int64_t until_ns = sleep_until_ns(w);
        nap(w, weft__stack_cache_idle(until_ns));
        if (weft__exchange_acq_rel(&w->wake, WAKE_NOT) == WAKE_UP) {
            return;
        }
        const bool due = until_ns != WEFT_NEVER && until_ns <= weft__timing_now_ns();
        if (due && try_leave(w)) {
            return;
        }
    }
}

bool weft__idle_polls(void)
{
    return weft__load_relaxed(&idle.polling) != 0;
}

bool weft__idle_post_poller(void)
{
    weft__worker *w = NULL;
    weft__lock_acquire(&idle.lock);
    if (!weft__idle_polls()) {
        w = idle.timekeeper != NULL ? idle.timekeeper : idle.sleepers;
        if (w != NULL) {
            weft__store_release(&w->wake, WAKE_LOOK); /* idle, so nobody has stored WAKE_UP */
        }
    }
    weft__lock_release(&idle.lock);
    if (w != NULL) {
        rouse(w);
    }
    return w != NULL;
}

static bool nothing_to_do(void)
{
    return !weft__stopping() && !weft__worker_sees_work() &&
           (weft__timing_next_ns() == WEFT_NEVER || weft__timing_next_ns() > weft__timing_now_ns());
}

void weft__idle_wait(weft__worker *w)
{
    const bool searching = w->searching;
    w->searching = false; /* before enter: then it is whoever pops w that writes it */
    enter(w);
    if (searching) {
        weft__store_release(&idle.token, 0);
    }
    weft__fence_seq_cst();
    if (!nothing_to_do() && try_leave(w)) {
        return;
    }
    weft__idle_check_deadlock();
    weft__add_count_relaxed(&w->counts.sleeps, 1);
    weft__timeline_idle(w);
    sleep_idle(w);
    (void)weft__timing_tick();
}

uint32_t weft__idle_count(void)
{
    return weft__load_relaxed(&idle.count);
}

void weft__idle_reset(void)
{
    idle.sleepers = NULL;
    idle.timekeeper = NULL;
    idle.count = 0;
    idle.token = 0;
    idle.polling = 0;
}
