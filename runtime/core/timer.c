/* timer.c: sleep, weft_after, timers, tickers. See timer.h. */
#include "timer.h"

#include "chan.h"

/* now + duration, without overflow; a duration <= 0 is due now. */
static int64_t deadline_after(int64_t duration_ns)
{
    const int64_t now_ns = weft__clock();
    int64_t deadline_ns = 0;
    if (duration_ns <= 0) {
        return now_ns;
    }
    if (__builtin_add_overflow(now_ns, duration_ns, &deadline_ns)) {
        return WEFT_NEVER - 1;
    }
    return deadline_ns;
}

int64_t weft_now(void)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_NOW, .site = WEFT__SITE);
    return weft__clock();
}

/* ---- sleep ---- */

typedef struct weft__sleeper {
    weft__timer timer;
    weft__g *g;
} weft__sleeper;

static int64_t wake_sleeper(weft__timer *timer, int64_t now_ns)
{
    (void)now_ns;
    weft__ready(((weft__sleeper *)timer)->g, WEFT__TAIL);
    return WEFT_NEVER;
}

static void arm(weft__g *g, void *timer)
{
    (void)g;
    weft__timer_arm(timer);
}

void weft__sleep(weft__g *self, int64_t duration_ns, const void *site)
{
    WEFT__POINT(self, .kind = WEFT__OP_SLEEP, .site = site);
    weft__sleeper sleeper = {.g = self};
    sleeper.timer.object.name = weft__name_object(self);
    sleeper.timer.deadline_ns = deadline_after(duration_ns);
    sleeper.timer.fire = wake_sleeper;
    weft__park(self, arm, &sleeper.timer, WEFT__WHY_SLEEP);
}

void weft_sleep(int64_t duration_ns)
{
    weft__sleep(weft__self(), duration_ns, WEFT__SITE);
}

/* ---- timers and tickers ---- */

struct weft_timer {
    weft__timer timer;  /* first: fire functions get the timer from it */
    weft__lock control; /* one stop or reset at a time: lock.h */
    weft_chan *chan;    /* NULL: an after_func */
    int64_t period_ns;  /* 0: fires once */
    weft_fn *fn;
    void *arg;
    uint64_t maker_id; /* the origin of the goroutines that run fn */
    uint32_t ordinal;
    uint32_t fired_count;
};

struct weft_ticker {
    weft_timer timer;
};

static int64_t offer_time(weft__timer *timer, int64_t now_ns)
{
    const weft_timer *const t = (void *)timer;
    weft__chan_offer(t->chan, &now_ns);
    if (t->period_ns == 0) {
        return WEFT_NEVER;
    }
    /* On the grid of the first deadline, beyond now: missed ticks are dropped. */
    const int64_t behind = now_ns > timer->deadline_ns ? now_ns - timer->deadline_ns : 0;
    int64_t next_ns = 0;
    return __builtin_add_overflow(timer->deadline_ns, t->period_ns * (1 + behind / t->period_ns),
                                  &next_ns)
               ? WEFT_NEVER
               : next_ns;
}

static int64_t spawn_callback(weft__timer *timer, int64_t now_ns)
{
    static const weft_go_options options = {.name = "timer"};
    weft_timer *const t = (void *)timer;
    weft__g *const self = weft__self();
    weft__g *const g = weft__g_make(self, &options, t->fn, t->arg);
    if (g != NULL) {
        g->origin = (weft__origin){
            .parent_id = t->maker_id, .timer_ordinal = t->ordinal, .ordinal = t->fired_count + 1};
        if (weft__spawn(self, g) == 0) {
            t->fired_count++;
            return WEFT_NEVER;
        }
        weft__g_free(self, g);
    }
    return now_ns + WEFT_MILLISECOND; /* no room for a goroutine: try again */
}

static void init_timer(weft_timer *t, weft__fire_fn *fire)
{
    weft__g *const self = weft__self();
    t->timer.object.name = weft__name_object(self);
    t->timer.fire = fire;
    t->maker_id = self->id;
    t->ordinal = self->object_count;
}

static weft_timer *make_chan_timer(size_t size, int64_t period_ns)
{
    weft_timer *const t = weft__alloc(size);
    if (t == NULL) {
        return NULL;
    }
    t->chan = weft_chan_make(sizeof(int64_t), 1);
    if (t->chan == NULL) {
        weft__free(t, size);
        return NULL;
    }
    t->chan->of_timer = true;
    t->period_ns = period_ns;
    init_timer(t, offer_time);
    t->timer.chan = t->chan;
    return t;
}

static void start_timer(weft_timer *t, int64_t duration_ns)
{
    t->timer.deadline_ns = deadline_after(duration_ns);
    weft__timer_arm(&t->timer);
}

/* Under control: no value from before is received after this, as in Go 1.23. */
static bool halt(weft_timer *t)
{
    bool pending = weft__timer_cancel(&t->timer);
    if (t->chan != NULL && weft__chan_drain(t->chan)) {
        pending = true;
    }
    return pending;
}

bool weft__timer_stop(weft_timer *t)
{
    weft__lock_acquire(&t->control);
    const bool pending = halt(t);
    weft__lock_release(&t->control);
    return pending;
}

/* period_ns 0: as it was. */
static bool reset(weft_timer *t, int64_t duration_ns, int64_t period_ns)
{
    weft__lock_acquire(&t->control);
    const bool pending = halt(t);
    if (period_ns != 0) {
        t->period_ns = period_ns;
    }
    start_timer(t, duration_ns);
    weft__lock_release(&t->control);
    return pending;
}

static void free_timer(weft_timer *t, size_t size)
{
    if (t == NULL) {
        return;
    }
    (void)weft__timer_stop(t);
    weft_chan_release(t->chan);
    weft__free(t, size);
}

/* Starting a timer reads the clock, and may fire at once. */
static void point_of_start(const void *site)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_TIMER_MAKE, .site = site);
}

weft_timer *weft_timer_make(int64_t duration_ns)
{
    point_of_start(WEFT__SITE);
    weft_timer *const t = make_chan_timer(sizeof *t, 0);
    if (t != NULL) {
        start_timer(t, duration_ns);
    }
    return t;
}

weft_timer *weft__after_func_make(weft_fn *fn, void *arg)
{
    weft_timer *const t = weft__alloc(sizeof *t);
    if (t != NULL) {
        t->fn = fn;
        t->arg = arg;
        init_timer(t, spawn_callback);
    }
    return t;
}

void weft__timer_start(weft_timer *timer, int64_t duration_ns)
{
    (void)reset(timer, duration_ns, 0);
}

weft_timer *weft_timer_after_func(int64_t duration_ns, weft_fn *fn, void *arg)
{
    point_of_start(WEFT__SITE);
    weft_timer *const t = weft__after_func_make(fn, arg);
    if (t != NULL) {
        start_timer(t, duration_ns);
    }
    return t;
}

weft_chan *weft_timer_chan(weft_timer *timer)
{
    return timer->chan;
}

bool weft_timer_stop(weft_timer *timer)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_TIMER_STOP, .object = timer, .site = WEFT__SITE);
    return weft__timer_stop(timer);
}

bool weft_timer_reset(weft_timer *timer, int64_t duration_ns)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_TIMER_RESET, .object = timer, .site = WEFT__SITE);
    return reset(timer, duration_ns, 0);
}

void weft_timer_release(weft_timer *timer)
{
    free_timer(timer, sizeof *timer);
}

weft_ticker *weft_ticker_make(int64_t period_ns)
{
    if (period_ns <= 0) {
        weft__panic_at(weft__self(), WEFT__SITE, "weft_ticker_make: the period is not positive");
    }
    point_of_start(WEFT__SITE);
    weft_timer *const t = make_chan_timer(sizeof(weft_ticker), period_ns);
    if (t != NULL) {
        start_timer(t, period_ns);
    }
    return (weft_ticker *)t;
}

weft_chan *weft_ticker_chan(weft_ticker *ticker)
{
    return ticker->timer.chan;
}

void weft_ticker_stop(weft_ticker *ticker)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_TIMER_STOP, .object = ticker, .site = WEFT__SITE);
    (void)weft__timer_stop(&ticker->timer);
}

void weft_ticker_reset(weft_ticker *ticker, int64_t period_ns)
{
    weft__g *const self = weft__self();
    if (period_ns <= 0) {
        weft__panic_at(self, WEFT__SITE, "weft_ticker_reset: the period is not positive");
    }
    WEFT__POINT(self, .kind = WEFT__OP_TIMER_RESET, .object = ticker, .site = WEFT__SITE);
    (void)reset(&ticker->timer, period_ns, period_ns);
}

void weft_ticker_release(weft_ticker *ticker)
{
    free_timer((weft_timer *)ticker, sizeof *ticker);
}

/* ---- weft_after ---- */

/* The channel knows it, so that receiving the value can free both. */
struct weft__after {
    weft_timer timer;
    weft__after *next;
    weft__after *prev;
};

weft__afters_list weft__afters;

weft_chan *weft_after(int64_t duration_ns)
{
    point_of_start(WEFT__SITE);
    weft__after *const after = (void *)make_chan_timer(sizeof *after, 0);
    if (after == NULL) {
        return NULL;
    }
    after->timer.chan->after = after;
    weft__lock_acquire(&weft__afters.lock);
    after->next = weft__afters.head;
    if (after->next != NULL) {
        after->next->prev = after;
    }
    weft__afters.head = after;
    weft__lock_release(&weft__afters.lock);
    start_timer(&after->timer, duration_ns);
    return after->timer.chan;
}

static void free_after(weft__after *after)
{
    free_timer(&after->timer, sizeof *after);
}

static void after_received(weft__after *after)
{
    weft_chan *const ch = after->timer.chan;
    weft__object_lock(&ch->object);
    const bool awaited = !weft__waitq_empty(&ch->receivers); /* for ever: it stays */
    weft__object_unlock(&ch->object);
    if (awaited) {
        return;
    }
    weft__lock_acquire(&weft__afters.lock);
    *(after->prev != NULL ? &after->prev->next : &weft__afters.head) = after->next;
    if (after->next != NULL) {
        after->next->prev = after->prev;
    }
    weft__lock_release(&weft__afters.lock);
    free_after(after);
}

void weft__after_received(weft__after *after)
{
    if (after != NULL) {
        after_received(after);
    }
}

void weft__afters_free(void)
{
    while (weft__afters.head != NULL) {
        weft__after *const after = weft__afters.head;
        weft__afters.head = after->next;
        after->timer.chan->receivers = (weft__waitq){0}; /* those who waited are gone */
        free_after(after);
    }
}
