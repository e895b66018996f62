/* clock.c: virtual time. It stands still while goroutines run, and jumps to a timer's deadline when
 * that timer fires. */
#include <stdlib.h>
#include <string.h>

#include <chan.h>

#include "memory.h"
#include "order/observe.h"
#include "run.h"

static weft__run *const run = &weft__the_run;

enum { TAIL_TICK_NS = 1000000 }; /* what weft_now adds in the fair tail, so that polling it ends */

static weft__alarm *take_alarm(void)
{
    weft__alarm *alarm = run->free_alarms;
    if (alarm == NULL) {
        return weft__grow(NULL, sizeof *alarm);
    }
    run->free_alarms = alarm->next_free;
    return alarm;
}

static void give_alarm(weft__alarm *alarm)
{
    if (alarm->from_outside) {
        return;
    }
    alarm->next_free = run->free_alarms;
    run->free_alarms = alarm;
}

static bool fires_before(const weft__alarm *a, const weft__alarm *b)
{
    return a->deadline_ns != b->deadline_ns ? a->deadline_ns < b->deadline_ns : a->order < b->order;
}

/* The place of an alarm in the list, or where it belongs. */
static uint32_t place_of(const weft__alarm *alarm)
{
    uint32_t low = 0;
    uint32_t high = run->alarm_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (fires_before(alarm, run->alarms[middle])) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void insert(weft__alarm *alarm)
{
    if (run->alarm_count == run->alarm_capacity) {
        run->alarm_capacity = run->alarm_capacity == 0 ? 64 : run->alarm_capacity * 2;
        run->alarms = weft__grow(run->alarms, run->alarm_capacity * sizeof(weft__alarm *));
    }
    const uint32_t place = place_of(alarm);
    memmove(run->alarms + place + 1, run->alarms + place,
            (run->alarm_count - place) * sizeof(weft__alarm *));
    run->alarms[place] = alarm;
    run->alarm_count++;
}

static void take_out(weft__alarm *alarm)
{
    const uint32_t place = place_of(alarm);
    WEFT__CHECK(run->alarms[place] == alarm);
    run->alarm_count--;
    memmove(run->alarms + place, run->alarms + place + 1,
            (run->alarm_count - place) * sizeof(weft__alarm *));
}

static struct {
    weft__alarm **alarms;
    uint32_t count;
} outside WEFT_KEEP;

void weft__clock_remember(void)
{
    outside.count = run->alarm_count;
    outside.alarms = weft__grow(NULL, (outside.count + 1) * sizeof(weft__alarm *));
    for (uint32_t i = 0; i < outside.count; i++) {
        outside.alarms[i] = run->alarms[i];
        outside.alarms[i]->from_outside = true;
    }
}

void weft__clock_reset(void)
{
    while (run->alarm_count > 0) {
        give_alarm(run->alarms[--run->alarm_count]);
    }
    if (outside.count != 0) { /* there was room for them before */
        memcpy(run->alarms, outside.alarms, outside.count * sizeof(weft__alarm *));
    }
    run->alarm_count = outside.count;
    run->alarm_order = 0;
    for (uint32_t i = 0; i < outside.count; i++) {
        if (outside.alarms[i]->order > run->alarm_order) {
            run->alarm_order = outside.alarms[i]->order;
        }
    }
    run->now_ns = 0;
}

void weft__clock_forget(void)
{
    weft__clock_reset();
    for (uint32_t i = 0; i < outside.count; i++) {
        outside.alarms[i]->from_outside = false;
    }
    free(outside.alarms);
    outside.alarms = NULL;
    outside.count = 0;
}

int64_t weft__clock(void)
{
    if (run->active && run->steps >= run->plan.tail_steps) {
        run->now_ns += TAIL_TICK_NS;
    }
    weft__observe_clock();
    return run->now_ns;
}

void weft__timer_arm(weft__timer *timer)
{
    weft__alarm *const alarm = take_alarm();
    *alarm = (weft__alarm){
        .task = {.name = weft__name_of_object(timer->object.name),
                 .slot = WEFT__TIMER_SLOT,
                 .seq = (uint32_t)(run->alarm_order + 1)},
        .timer = timer,
        .deadline_ns = timer->deadline_ns > run->now_ns ? timer->deadline_ns : run->now_ns,
        .order = ++run->alarm_order,
    };
    alarm->task.op = (weft__op){.kind = WEFT__OP_FIRE, .object = timer};
    timer->place = (uint64_t)(uintptr_t)alarm;
    insert(alarm);
    weft__run_make_room();
    weft__observe_arm(timer, alarm->deadline_ns);
}

bool weft__timer_cancel(weft__timer *timer)
{
    weft__alarm *const alarm = (weft__alarm *)(uintptr_t)timer->place;
    if (alarm == NULL) {
        return false;
    }
    take_out(alarm);
    weft__observe_disarm(timer);
    give_alarm(alarm);
    timer->place = 0;
    return true;
}

void weft__clock_drop(bool (*which)(const weft__timer *timer, const void *arg), const void *arg)
{
    for (uint32_t i = run->alarm_count; i-- > 0;) {
        weft__timer *const timer = run->alarms[i]->timer;
        if (which(timer, arg)) {
            (void)weft__timer_cancel(timer);
        }
    }
}

/* A channel's timer changes nothing while nobody waits on the channel. It fires once all the same
 * where everything is to be explored, since what does not happen cannot be reordered, and after the
 * last goroutine. */
static bool matters(const weft__alarm *alarm)
{
    const weft_chan *const ch = alarm->timer->chan;
    if (ch == NULL) {
        return run->alive_count != 0;
    }
    return !weft__waitq_empty(&ch->receivers) ||
           ((run->plan.strategy->exhaustive || run->alive_count == 0) && !alarm->again);
}

bool weft__clock_matters(void)
{
    for (uint32_t i = run->alarm_count; i-- > 0;) {
        if (matters(run->alarms[i])) {
            return true;
        }
    }
    return false;
}

uint32_t weft__clock_candidates(weft__task **into)
{
    uint32_t count = 0;
    for (uint32_t i = run->alarm_count; i-- > 0;) {
        weft__alarm *const alarm = run->alarms[i];
        if (alarm->deadline_ns != run->alarms[run->alarm_count - 1]->deadline_ns) {
            break;
        }
        into[count++] = &alarm->task;
    }
    return count;
}

void weft__clock_fire(weft__alarm *alarm)
{
    weft__timer *const timer = alarm->timer;
    if (alarm->deadline_ns > run->now_ns) {
        run->now_ns = alarm->deadline_ns;
    }
    if (!run->plan.verdict_only) {
        (void)weft__trace_add(&run->trace, WEFT__TIMER_SLOT, &alarm->task.op, timer->object.name);
    }
    run->steps++;
    weft__run_tell(&alarm->task);
    take_out(alarm);
    give_alarm(alarm);
    timer->place = 0;
    weft__observe_fire(timer);
    const int64_t next_ns = timer->fire(timer, run->now_ns);
    if (next_ns != WEFT_NEVER) {
        timer->deadline_ns = next_ns;
        weft__timer_arm(timer);
        ((weft__alarm *)(uintptr_t)timer->place)->again = true;
    }
    weft__observe_fired();
}
