/* peers.h: what the tests of channels, select and time share: mostly the other side of a test,
 * goroutines that make one call each and note its result.
 *
 * A test starts them in a wait group and reads what they noted only after it has waited. It cannot
 * know whether a peer has parked yet, so it must be right for both orders of arrival. */
#ifndef WEFT_TESTS_PEERS_H
#define WEFT_TESTS_PEERS_H

#include <weft/cmocka.h>

#include <errno.h>

/* Long enough for a timer, short enough for a test under the runtime. */
#define SHORT_NS (100 * WEFT_MICROSECOND)

/* What a peer notes when its call has panicked. */
enum { PANICKED = 1 };

typedef struct peer {
    weft_chan *ch;
    int value;           /* to send, or received */
    int result;          /* 0, -EPIPE, -ETIMEDOUT or PANICKED */
    int64_t deadline_ns; /* of the until variants */
} peer;

#define START(waitgroup, fn, arg) assert_int_equal(0, weft_waitgroup_go(waitgroup, fn, arg))

static inline weft_chan *ints(size_t capacity)
{
    weft_chan *const ch = weft_chan_make(sizeof(int), capacity);
    assert_non_null(ch);
    return ch;
}

static inline int64_t soon(void)
{
    return weft_now() + SHORT_NS;
}

static inline void send_int(weft_chan *ch, int value)
{
    weft_chan_send(ch, &value);
}

static inline int try_send_int(weft_chan *ch, int value)
{
    return weft_chan_try_send(ch, &value);
}

/* Receive, and fail the test when the channel is closed. */
static inline int recv_int(weft_chan *ch)
{
    int value = -1;
    assert_true(weft_chan_recv(ch, &value));
    return value;
}

static inline bool panics(weft_fn *fn, void *arg)
{
    weft_panic_info info = {.message = ""};
    if (weft_try(fn, arg, &info) == 0) {
        return false;
    }
    assert_int_not_equal(0, info.message[0]);
    assert_true(info.goroutine == weft_id());
    return true;
}

static inline void do_close(void *ch)
{
    weft_chan_close(ch);
}

static inline void do_send(void *arg)
{
    const peer *const p = arg;
    weft_chan_send(p->ch, &p->value);
}

static inline void do_send_until(void *arg)
{
    peer *const p = arg;
    p->result = weft_chan_send_until(p->ch, &p->value, p->deadline_ns);
}

/* ---- goroutines ---- */

static inline void peer_send(void *arg)
{
    peer *const p = arg;
    p->result = weft_try(do_send, p, NULL) == 0 ? 0 : PANICKED;
}

static inline void peer_send_until(void *arg)
{
    peer *const p = arg;
    if (weft_try(do_send_until, p, NULL) != 0) {
        p->result = PANICKED;
    }
}

static inline void peer_recv(void *arg)
{
    peer *const p = arg;
    p->result = weft_chan_recv(p->ch, &p->value) ? 0 : -EPIPE;
}

static inline void peer_recv_until(void *arg)
{
    peer *const p = arg;
    p->result = weft_chan_recv_until(p->ch, &p->value, p->deadline_ns);
}

static inline void peer_close(void *arg)
{
    const peer *const p = arg;
    weft_chan_close(p->ch);
}

/* Fail the test unless fn(arg), in a goroutine of its own, never comes to its last line, which must
 * send on ch. The goroutine stays parked. */
static inline void assert_parks_for_ever(weft_fn *fn, weft_chan *ch)
{
    const weft_go_options options = {.name = "parks for ever", .daemon = true};
    assert_int_equal(0, weft_go_with(&options, fn, ch));
    assert_int_equal(-ETIMEDOUT, weft_chan_recv_until(ch, NULL, soon()));
}

/* ---- streams of values ---- */

typedef struct stream {
    weft_chan *in;
    weft_chan *out;
    int first;
    int count;
} stream;

/* Sends first, first + 1, ... */
static inline void send_ascending(void *arg)
{
    const stream *const s = arg;
    for (int i = 0; i < s->count; i++) {
        send_int(s->out, s->first + i);
    }
}

static inline void check_order(size_t capacity)
{
    weft_waitgroup wg = {{0}};
    stream s = {.out = ints(capacity), .count = 12};
    START(&wg, send_ascending, &s);
    for (int i = 0; i < s.count; i++) {
        assert_int_equal(i, recv_int(s.out));
    }
    weft_waitgroup_wait(&wg);
    weft_chan_release(s.out);
}

/* ---- what was written before is seen after ---- */

typedef struct flagged {
    weft_chan *ch;
    int flag;
} flagged;

static inline void flag_then_send(void *arg)
{
    flagged *const f = arg;
    WEFT_WRITE(f->flag, 1);
    send_int(f->ch, 1);
}

/* Go memory model: a send happens before the completion of the matching receive. */
static inline void check_send_happens_before_recv(size_t capacity)
{
    weft_waitgroup wg = {{0}};
    flagged f = {.ch = ints(capacity)};
    START(&wg, flag_then_send, &f);
    assert_int_equal(1, recv_int(f.ch));
    assert_int_equal(1, WEFT_READ(f.flag));
    weft_waitgroup_wait(&wg);
    weft_chan_release(f.ch);
}

/* ---- select ---- */

typedef struct choice {
    weft_case *cases;
    size_t count;
    size_t chosen;
} choice;

static inline void do_select(void *arg)
{
    choice *const c = arg;
    c->chosen = weft_select(c->cases, c->count);
}

typedef struct listener {
    weft_chan *chans[2];
    int value;
    size_t chosen;
} listener;

static inline void recv_first_or_second(void *arg)
{
    listener *const l = arg;
    weft_case cases[] = {WEFT_RECV(l->chans[0], &l->value), WEFT_RECV(l->chans[1], &l->value)};
    l->chosen = weft_select(cases, 2);
}

/* ---- time ---- */

static inline int64_t recv_time(weft_chan *ch)
{
    int64_t at_ns = INT64_MIN;
    assert_true(weft_chan_recv(ch, &at_ns));
    assert_true(at_ns <= weft_now());
    return at_ns;
}

/* Nothing comes from ch any more. */
static inline void assert_silent(weft_chan *ch)
{
    assert_int_equal(-EAGAIN, weft_chan_try_recv(ch, NULL));
    assert_int_equal(-ETIMEDOUT, weft_chan_recv_until(ch, NULL, weft_now() + 2 * SHORT_NS));
}

typedef struct watcher {
    weft_timer *timer;
    weft_chan *ch;
    int64_t deadline_ns;
    int64_t at_ns;
    int result;
    bool stopped;
} watcher;

static inline void watch(void *arg)
{
    watcher *const w = arg;
    w->result = weft_chan_recv_until(w->ch, &w->at_ns, w->deadline_ns);
}

#endif
