/* chan_fuzz.c: one channel, producers and consumers, by every kind of send and receive, closed at
 * any time. Input: capacity, producers, consumers, when to close; then how each value is sent or
 * received.
 *
 * What must hold, whatever the schedule:
 *   - every value whose send succeeded is received exactly once, and no other is;
 *   - a consumer gets the values of one producer in the order in which they were sent;
 *   - a send returns only if the receive of the value `capacity` before it has begun;
 *   - all goroutines end, though the channel may be closed under those that send. */
#include <weft/fuzz.h>

#include <errno.h>

#include "input.h"

enum { WORKERS = 3, VALUES = 8, STYLES = 5 };

static struct {
    input styles; /* of the operations to come */
    weft_chan *ch;
    weft_chan *never; /* nothing is ever sent on it */
    size_t capacity;
    weft_waitgroup producers;
    weft_waitgroup consumers;
    unsigned sends;       /* that have returned */
    unsigned receives;    /* that have a value, or go on */
    unsigned close_after; /* that many sends; VALUES * WORKERS or more: at the end */
    bool closed;
    int sent[WORKERS][VALUES];     /* each 1: sent */
    int received[WORKERS][VALUES]; /* how often */
} t;

static int producer_ids[WORKERS] = {0, 1, 2};

static unsigned next_style(void)
{
    return input_byte(&t.styles) % STYLES;
}

/* ---- Sending ---- */

static bool send_by_select(const int *value)
{
    int nothing = 0;
    weft_case cases[] = {
        WEFT_RECV(t.never, &nothing),
        WEFT_SEND(t.ch, value),
    };
    return weft_select(cases, 2) == 1;
}

/* Until it is sent, or panics. */
static void send_somehow(const int *value)
{
    for (;;) {
        int status = 0;
        switch (next_style()) {
        case 1:
            status = weft_chan_try_send(t.ch, value);
            break;
        case 2:
            status = weft_chan_send_until(t.ch, value, weft_now() + WEFT_SECOND);
            break;
        case 3:
            status = send_by_select(value) ? 0 : -EINVAL;
            break;
        default:
            weft_chan_send(t.ch, value);
            break;
        }
        if (status == 0) {
            return;
        }
        WEFT_ASSERT(status == -EAGAIN || status == -ETIMEDOUT);
        weft_yield();
    }
}

static void note_sent(int value)
{
    t.sent[value / VALUES][value % VALUES] = 1;
    t.sends++;
    WEFT_ASSERT(t.receives + t.capacity >= t.sends);
    WEFT_ASSERT(weft_chan_len(t.ch) <= t.capacity);
}

static void close_once(void)
{
    if (!t.closed) {
        t.closed = true;
        weft_chan_close(t.ch);
    }
}

static void send_one(void *arg)
{
    send_somehow(arg);
}

static void produce(void *arg)
{
    const int me = *(const int *)arg;
    for (int i = 0; i < VALUES; i++) {
        int value = me * VALUES + i;
        if (weft_try(send_one, &value, NULL) != 0) {
            WEFT_ASSERT(t.closed);
            return;
        }
        note_sent(value);
        if (t.sends >= t.close_after) {
            close_once();
        }
    }
}

/* ---- Receiving ---- */

static int receive_by_select(int *value, bool waits)
{
    weft_case cases[] = {
        WEFT_RECV(t.ch, value),
        waits ? WEFT_RECV(t.never, NULL) : WEFT_DEFAULT,
    };
    const size_t chosen = weft_select(cases, 2);
    return chosen != 0 ? -EAGAIN : cases[0].ok ? 0 : -EPIPE;
}

static int receive_somehow(int *value)
{
    switch (next_style()) {
    case 1:
        return weft_chan_try_recv(t.ch, value);
    case 2:
        return weft_chan_recv_until(t.ch, value, weft_now() + WEFT_SECOND);
    case 3:
        return receive_by_select(value, true);
    case 4:
        return receive_by_select(value, false);
    default:
        return weft_chan_recv(t.ch, value) ? 0 : -EPIPE;
    }
}

static void note_received(int value, int last[WORKERS])
{
    WEFT_ASSERT(value >= 0 && value < WORKERS * VALUES);
    WEFT_ASSERT(value % VALUES > last[value / VALUES]);
    last[value / VALUES] = value % VALUES;
    WEFT_ASSERT(++t.received[value / VALUES][value % VALUES] == 1);
}

static void consume(void *arg)
{
    int last[WORKERS] = {-1, -1, -1};
    (void)arg;
    for (;;) {
        int value = -1;
        t.receives++;
        const int status = receive_somehow(&value);
        if (status == 0) {
            note_received(value, last);
            continue;
        }
        t.receives--;
        if (status == -EPIPE) {
            WEFT_ASSERT(t.closed && value == 0);
            return;
        }
        WEFT_ASSERT(status == -EAGAIN || status == -ETIMEDOUT);
        weft_yield();
    }
}

/* ---- All of it ---- */

static void check_all(void)
{
    for (int i = 0; i < WORKERS * VALUES; i++) {
        WEFT_ASSERT(t.sent[i / VALUES][i % VALUES] == t.received[i / VALUES][i % VALUES]);
    }
    WEFT_ASSERT(weft_chan_len(t.ch) == 0);
}

static void target(const uint8_t *data, size_t size)
{
    input in = input_of(data, size);
    t = (__typeof__(t)){.capacity = input_byte(&in) % 4};
    const int producers = 1 + input_byte(&in) % WORKERS;
    const int consumers = 1 + input_byte(&in) % WORKERS;
    const uint8_t close_after = input_byte(&in);
    t.close_after = close_after == 0 ? UINT32_MAX : close_after;
    t.styles = in;
    t.ch = weft_chan_make(sizeof(int), t.capacity);
    t.never = weft_chan_make(sizeof(int), 0);
    for (int i = 0; i < producers; i++) {
        weft_waitgroup_go(&t.producers, produce, &producer_ids[i]);
    }
    for (int i = 0; i < consumers; i++) {
        weft_waitgroup_go(&t.consumers, consume, NULL);
    }
    weft_waitgroup_wait(&t.producers);
    close_once();
    weft_waitgroup_wait(&t.consumers);
    check_all();
    weft_chan_release(t.ch);
    weft_chan_release(t.never);
}

WEFT_FUZZ(target)
