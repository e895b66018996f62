/* timing.c: the armed timers. See timing.h. */
#include "timing.h"

#include <time.h>

#include "atomic64.h"
#include "core/chan.h"
#include "stats.h"
#include "timer_heap.h"

static struct {
    weft__lock lock;
    weft__timer_heap heap;
    _Alignas(64) int64_t next_ns; /* written under lock */
} timing = {.next_ns = WEFT_NEVER};

_Alignas(64) int64_t weft__timing_ticked_ns;

int64_t weft__timing_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * WEFT_SECOND + now.tv_nsec;
}

int64_t weft__timing_tick(void)
{
    const int64_t now_ns = weft__timing_now_ns();
    weft__store64_relaxed(&weft__timing_ticked_ns, now_ns);
    return now_ns;
}

static void publish_next(void)
{
    const weft__timer *const first = weft__timer_heap_first(&timing.heap);
    weft__store64_relaxed(&timing.next_ns, first == NULL ? WEFT_NEVER : first->deadline_ns);
}

static void push(weft__timer *timer)
{
    if (!weft__timer_heap_push(&timing.heap, timer)) {
        weft__fatal_at(weft__self(), NULL, "no memory for timers");
    }
}

bool weft__timing_arm(weft__timer *timer)
{
    weft__lock_acquire(&timing.lock);
    WEFT__CHECK(timer->place == 0);
    push(timer);
    const bool first = weft__timer_heap_first(&timing.heap) == timer;
    publish_next();
    weft__lock_release(&timing.lock);
    return first;
}

bool weft__timing_cancel(weft__timer *timer)
{
    weft__lock_acquire(&timing.lock);
    const bool armed = timer->place != 0;
    if (armed) {
        weft__timer_heap_remove(&timing.heap, timer);
        publish_next();
    }
    weft__lock_release(&timing.lock);
    return armed;
}

int64_t weft__timing_next_ns(void)
{
    return weft__load64_relaxed(&timing.next_ns);
}

/* Once fire has made somebody runnable, timer may be gone: it is touched again only when fire asks
 * for another round, which only timers do that outlive it. */
static void fire_first(int64_t now_ns)
{
    weft__timer *const timer = weft__timer_heap_first(&timing.heap);
    weft__timer_heap_remove(&timing.heap, timer);
    weft__stats_fired();
    const int64_t again_ns = timer->fire(timer, now_ns);
    if (again_ns != WEFT_NEVER) {
        timer->deadline_ns = again_ns;
        push(timer);
    }
}

void weft__timing_poll(void)
{
    const int64_t next_ns = weft__timing_next_ns();
    if (next_ns == WEFT_NEVER) {
        return;
    }
    const int64_t now_ns = weft__timing_now_ns();
    if (next_ns > now_ns || !weft__lock_try(&timing.lock)) {
        return;
    }
    weft__thread_fires(true);
    const weft__timer *first = NULL;
    while ((first = weft__timer_heap_first(&timing.heap)) != NULL && first->deadline_ns <= now_ns) {
        fire_first(now_ns);
    }
    weft__thread_fires(false);
    publish_next();
    weft__lock_release(&timing.lock);
}

/* Nobody runs, so that a channel's queue can be read without its lock. */
bool weft__timing_matters(void)
{
    for (size_t i = 0; i < timing.heap.count; i++) {
        const weft_chan *const ch = timing.heap.items[i]->chan;
        if (ch == NULL || !weft__waitq_empty(&ch->receivers)) {
            return true;
        }
    }
    return false;
}

void weft__timing_lock(void)
{
    weft__lock_acquire(&timing.lock);
}

void weft__timing_unlock(void)
{
    weft__lock_release(&timing.lock);
}

void weft__timing_drop(void)
{
    weft__lock_acquire(&timing.lock);
    for (size_t i = 0; i < timing.heap.count; i++) {
        timing.heap.items[i]->place = 0;
    }
    timing.heap.count = 0;
    publish_next();
    weft__lock_release(&timing.lock);
}
