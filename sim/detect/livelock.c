/* livelock.c: see livelock.h. */
#include "livelock.h"

#include <stdio.h>

#include "starvation.h"

static weft__run *const run = &weft__the_run;

void weft__livelock_progress(void)
{
    run->progress_at = run->steps;
}

void weft__livelock_event(const weft__event *event)
{
    const bool acts = event->kind == WEFT__OP_GO || event->kind == WEFT__OP_CLOSE ||
                      event->kind == WEFT__OP_CANCEL_END;
    const bool passes = event->kind >= WEFT__OP_SEND && event->kind <= WEFT__OP_TRY_RECV;
    if (acts || (passes && (event->flags & WEFT__EVENT_READY) != 0)) {
        weft__livelock_progress();
    }
}

void weft__livelock_wake(weft__why why)
{
    switch (why) {
    case WEFT__WHY_YIELD:
    case WEFT__WHY_SLEEP:
    case WEFT__WHY_MUTEX:
    case WEFT__WHY_RLOCK:
    case WEFT__WHY_WLOCK:
        break;
    default:
        weft__livelock_progress();
    }
}

void weft__livelock_judge(void)
{
    const uint64_t fair = run->plan.max_steps - run->plan.tail_steps;
    const uint64_t idle = run->steps - run->progress_at;
    const bool livelock = idle >= fair / 2;
    if (weft__starvation_judge(run->steps - fair / 2, !livelock)) {
        return;
    }
    run->outcome.kind = livelock ? WEFT_FOUND_LIVELOCK : WEFT_FOUND_RUNAWAY;
    if (livelock) {
        (void)snprintf(run->outcome.message, sizeof run->outcome.message,
                       "no progress in the last %llu operations, although scheduled fairly: "
                       "goroutines look, try and yield (WEFT_STEPS)",
                       (unsigned long long)idle);
    } else {
        (void)snprintf(run->outcome.message, sizeof run->outcome.message,
                       "still running after %llu operations, the last of them scheduled fairly "
                       "(WEFT_STEPS)",
                       (unsigned long long)run->steps);
    }
}
