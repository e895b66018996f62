/* timer_fire_test.c: a timer fires while it is stopped, reset or received from. The timers are
 * those of runtime/sched/timing.c. */
#include <errno.h>

#include "support/stepped.h"

static weft_timer *timer;
static int received; /* what a receiver got: 0 or -EAGAIN */
static int calls;

enum { FAR = 3600 }; /* seconds: does not fire */

static int try_recv(void)
{
    int64_t value = 0;
    return weft_chan_try_recv(weft_timer_chan(timer), &value);
}

static void try_receive(void *arg)
{
    (void)arg;
    received = try_recv();
}

/* What was to come does not come after a stop or reset, which knows whether it has come before. */
static void stop_against_fire(void *arg)
{
    (void)arg;
    timer = weft_timer_make(1);
    const bool pending = weft_timer_stop(timer);
    WEFT_ASSERT(pending);
    WEFT_ASSERT(try_recv() == -EAGAIN);
    join();
    WEFT_ASSERT(try_recv() == -EAGAIN);
}

static void stop_against_receiver(void *arg)
{
    (void)arg;
    timer = weft_timer_make(1);
    start(try_receive, NULL);
    const bool pending = weft_timer_stop(timer);
    join();
    WEFT_ASSERT(pending == (received != 0));
    WEFT_ASSERT(try_recv() == -EAGAIN);
}

static void reset_against_receiver(void *arg)
{
    (void)arg;
    timer = weft_timer_make(1);
    start(try_receive, NULL);
    const bool pending = weft_timer_reset(timer, FAR * WEFT_SECOND);
    join();
    WEFT_ASSERT(pending == (received != 0));
    WEFT_ASSERT(try_recv() == -EAGAIN);
    WEFT_ASSERT(weft_timer_stop(timer));
}

/* Two resets at once: the control lock makes one whole thing of each. */
static void reset_it(void *arg)
{
    (void)arg;
    (void)weft_timer_reset(timer, 1);
}

static void two_resets(void *arg)
{
    (void)arg;
    timer = weft_timer_make(FAR * WEFT_SECOND);
    start(reset_it, NULL);
    (void)weft_timer_reset(timer, FAR * WEFT_SECOND);
    join();
    (void)weft_timer_stop(timer);
    WEFT_ASSERT(try_recv() == -EAGAIN);
}

static void call_counted(void *arg)
{
    (void)arg;
    calls++;
}

static void after_func_stopped(void *arg)
{
    (void)arg;
    timer = weft_timer_after_func(1, call_counted, NULL);
    const bool pending = weft_timer_stop(timer);
    join();
    WEFT_ASSERT(calls == (pending ? 0 : 1));
}

static void released_while_firing(void *arg)
{
    (void)arg;
    timer = weft_timer_make(1);
    weft_timer_release(timer);
    join();
}

static void after_received(void *arg)
{
    (void)arg;
    weft_chan *const ch = weft_after(1);
    int64_t value = 0;
    WEFT_ASSERT(weft_chan_recv(ch, &value)); /* which frees it */
    join();
}

RUN_SCENARIOS(SCENARIO(stop_against_fire), SCENARIO(stop_against_receiver),
              SCENARIO(reset_against_receiver), SCENARIO(two_resets), SCENARIO(after_func_stopped),
              SCENARIO(released_while_firing), SCENARIO(after_received))
