/* timer_fuzz.c: a timer, a ticker, a timer that calls a function, weft_after and sleep, in virtual
 * time. One goroutine starts and stops them, two receive.
 *
 * Input: what each goroutine does, and durations. What must hold, whatever the schedule:
 *   - a value is a time that had come, no earlier than its timer was due, and never of a start that
 *     was stopped or reset before;
 *   - each start of a timer gives one value, or one call, or one stop or reset that returns true;
 *   - ticks are a period or more after the last reset, and apart; a stopped ticker has none;
 *   - nobody sleeps, or waits until a deadline, for less than was asked. */
#include <weft/fuzz.h>

#include <errno.h>

#include "input.h"

enum { RECEIVERS = 2, OPS = 12, SHORT = 16 };

/* How often something was started, and what became of it. */
typedef struct tally {
    int64_t due_ns; /* of the last start */
    unsigned starts;
    unsigned stops; /* a stop or reset has returned true */
    unsigned ends;  /* values, or calls */
} tally;

static struct {
    weft_timer *timer;
    weft_timer *func;
    weft_ticker *ticker;
    tally of_timer;
    tally of_func;
    int64_t first_due_ns; /* of the timer */
    int64_t tick_due_ns;  /* the next one since the last reset, at the earliest */
    int64_t period_ns;
    int64_t last_tick_ns;
    bool ticking;
    weft_waitgroup calls; /* of func, to come */
    weft_waitgroup running;
} t;

static int64_t duration_of(uint8_t byte)
{
    return 1 + byte % SHORT;
}

/* ---- What is received. At once: nothing has happened since it was taken from the channel ---- */

static void check_value(int64_t value_ns, bool at_once)
{
    WEFT_ASSERT(value_ns >= (at_once ? t.of_timer.due_ns : t.first_due_ns));
    t.of_timer.ends++;
    WEFT_ASSERT(t.of_timer.ends + t.of_timer.stops <= t.of_timer.starts);
    WEFT_ASSERT(value_ns <= weft_now());
}

static void check_tick(int64_t value_ns, bool at_once)
{
    if (at_once) {
        WEFT_ASSERT(t.ticking);
        WEFT_ASSERT(value_ns >= t.tick_due_ns);
        WEFT_ASSERT(value_ns > t.last_tick_ns);
        t.last_tick_ns = value_ns;
        t.tick_due_ns += t.period_ns;
    }
    WEFT_ASSERT(value_ns <= weft_now());
}

static void receive_at_once(bool tick)
{
    int64_t value_ns = -1;
    weft_chan *const ch = tick ? weft_ticker_chan(t.ticker) : weft_timer_chan(t.timer);
    if (weft_chan_try_recv(ch, &value_ns) == 0) {
        (tick ? check_tick : check_value)(value_ns, true);
    }
    WEFT_ASSERT(weft_chan_len(ch) == 0);
}

static void receive_in_time(int64_t duration_ns)
{
    int64_t values_ns[2] = {-1, -1};
    const int64_t deadline_ns = weft_now() + duration_ns;
    weft_case cases[] = {
        WEFT_RECV(weft_timer_chan(t.timer), &values_ns[0]),
        WEFT_UNTIL(deadline_ns),
        WEFT_RECV(weft_ticker_chan(t.ticker), &values_ns[1]),
    };
    switch (weft_select(cases, 3)) {
    case 0:
        check_value(values_ns[0], false);
        break;
    case 1:
        WEFT_ASSERT(weft_now() >= deadline_ns);
        break;
    default:
        check_tick(values_ns[1], false);
        break;
    }
}

static void wait_a_little(int64_t duration_ns, bool by_after)
{
    const int64_t due_ns = weft_now() + duration_ns;
    if (by_after) {
        int64_t value_ns = -1;
        WEFT_ASSERT(weft_chan_recv(weft_after(duration_ns), &value_ns));
        WEFT_ASSERT(value_ns >= due_ns);
    } else {
        weft_sleep(duration_ns);
    }
    WEFT_ASSERT(weft_now() >= due_ns);
}

static void receive(void *arg)
{
    input *const in = arg;
    for (int i = 0; i < OPS && !input_ends(in); i++) {
        const uint8_t what = input_byte(in);
        const int64_t duration_ns = duration_of(what >> 3);
        if ((what & 7) < 4) {
            receive_at_once((what & 1) != 0);
        } else if ((what & 7) < 6) {
            receive_in_time(duration_ns);
        } else {
            wait_a_little(duration_ns, (what & 1) != 0);
        }
    }
}

/* ---- What is started ---- */

static void called(void *arg)
{
    (void)arg;
    t.of_func.ends++;
    WEFT_ASSERT(t.of_func.ends + t.of_func.stops <= t.of_func.starts);
    WEFT_ASSERT(weft_now() >= t.of_func.due_ns || t.of_func.starts > 1);
    weft_waitgroup_done(&t.calls);
}

static void note_start(tally *of, int64_t due_ns, bool stopped)
{
    of->due_ns = due_ns;
    of->starts++;
    of->stops += stopped ? 1 : 0;
}

static void reset_timer(int64_t duration_ns)
{
    const int64_t due_ns = weft_now() + duration_ns;
    note_start(&t.of_timer, due_ns, weft_timer_reset(t.timer, duration_ns));
}

static void reset_func(int64_t duration_ns)
{
    const int64_t due_ns = weft_now() + duration_ns;
    weft_waitgroup_add(&t.calls, 1);
    const bool stopped = weft_timer_reset(t.func, duration_ns);
    note_start(&t.of_func, due_ns, stopped);
    if (stopped) {
        weft_waitgroup_done(&t.calls);
    }
}

static void stop_func(void)
{
    if (weft_timer_stop(t.func)) {
        t.of_func.stops++;
        weft_waitgroup_done(&t.calls);
    }
}

static void reset_ticker(int64_t period_ns)
{
    const int64_t due_ns = weft_now() + period_ns;
    weft_ticker_reset(t.ticker, period_ns);
    t.tick_due_ns = due_ns;
    t.period_ns = period_ns;
    t.ticking = true;
}

static void stop_ticker(void)
{
    weft_ticker_stop(t.ticker);
    t.ticking = false;
}

static void control(input *in)
{
    for (int i = 0; i < OPS && !input_ends(in); i++) {
        const uint8_t what = input_byte(in);
        const int64_t duration_ns = duration_of(what >> 3);
        switch (what & 7) {
        case 0:
            reset_timer(duration_ns);
            break;
        case 1:
            t.of_timer.stops += weft_timer_stop(t.timer) ? 1 : 0;
            break;
        case 2:
            reset_func(duration_ns);
            break;
        case 3:
            stop_func();
            break;
        case 4:
            reset_ticker(duration_ns);
            break;
        case 5:
            stop_ticker();
            break;
        case 6:
            receive_at_once((what & 8) != 0);
            break;
        default:
            wait_a_little(duration_ns, false);
            break;
        }
    }
}

/* ---- All of it ---- */

static void start_all(input *in)
{
    t = (__typeof__(t)){.timer = NULL};
    const int64_t now_ns = weft_now();
    const int64_t duration_ns = duration_of(input_byte(in));
    t.period_ns = duration_of(input_byte(in));
    t.first_due_ns = now_ns + 1;
    t.tick_due_ns = now_ns + t.period_ns;
    t.timer = weft_timer_make(duration_ns);
    note_start(&t.of_timer, now_ns + duration_ns, false);
    weft_waitgroup_add(&t.calls, 1);
    note_start(&t.of_func, now_ns + duration_ns, false);
    t.func = weft_timer_after_func(duration_ns, called, NULL);
    t.ticker = weft_ticker_make(t.period_ns);
    t.ticking = true;
}

static void target(const uint8_t *data, size_t size)
{
    input in = input_of(data, size);
    input parts[RECEIVERS + 1];
    start_all(&in);
    for (size_t g = 0; g <= RECEIVERS; g++) {
        parts[g] = input_part(&in, g, RECEIVERS + 1);
    }
    for (int g = 1; g <= RECEIVERS; g++) {
        (void)weft_waitgroup_go(&t.running, receive, &parts[g]);
    }
    control(&parts[0]);
    weft_waitgroup_wait(&t.running);
    weft_ticker_release(t.ticker);
    receive_at_once(false);
    t.of_timer.stops += weft_timer_stop(t.timer) ? 1 : 0;
    WEFT_ASSERT(t.of_timer.ends + t.of_timer.stops == t.of_timer.starts);
    weft_waitgroup_wait(&t.calls);
    WEFT_ASSERT(t.of_func.ends + t.of_func.stops == t.of_func.starts);
    weft_timer_release(t.timer);
    weft_timer_release(t.func);
}

WEFT_FUZZ(target)
