/* program_fuzz.c: random programs over channels: goroutines that send, receive, select, close and
 * ask for lengths, by every kind of call; and main, which closes the channels in the end.
 *
 * Input: capacities; then what each goroutine does. What they saw must be what a
 * small sequential model of Go's channels gives in some order: model.h. All goroutines end. */
#include <weft/fuzz.h>

#include "input.h"
#include "model.h"

enum {
    GOROUTINES = 3,
    MAIN = GOROUTINES, /* its number */
    CHANNELS = 3,      /* number CHANNELS: NULL */
    CASES = 3,
    NEVER_READY = 8, /* cases more of a wide select, on NULL */
    CAPACITY = 2,
    OPS = 6, /* of a goroutine */
    CLOSED = 255,
    PANICKED = -1000,
};

typedef enum op_kind { SELECT, CLOSE, LENGTH } op_kind;
typedef enum patience { FOR_EVER, FOR_NOTHING, FOR_A_WHILE } patience;

typedef struct op {
    op_kind kind;
    patience patience;
    bool plain; /* by the call for one channel, if it is one */
    bool wide;
    uint8_t other_in;    /* the place of the default or deadline among the cases */
    uint8_t count;       /* cases, without the default or deadline */
    uint8_t chan[CASES]; /* [0]: also of a close, or length */
    bool send[CASES];
    uint8_t value[CASES]; /* sent */
    int outcome;          /* of the call that is being made */
} op;

static op ops[MODEL_GOROUTINES][MODEL_OPS];
static uint8_t capacities[CHANNELS];
static weft_chan *channels[CHANNELS + 1];

/* What a case came to, as one number. */
static int chosen(int at, bool send, bool ok, int value)
{
    return at * 256 + (send ? 0 : ok ? value : CLOSED);
}

/* ---- The model ---- */

typedef struct state {
    _Alignas(8) model_head head;
    bool closed[CHANNELS];
    uint8_t buffered[CHANNELS];
    uint8_t buffer[CHANNELS][CAPACITY];
    model_row waiting[CHANNELS][2]; /* who receives, who sends: g * CASES + case */
} state;

static int first_waiting(state *s, int c, bool send)
{
    return s->waiting[c][send].size == 0 ? -1 : s->waiting[c][send].who[0];
}

static void stop_waiting(state *s, int g)
{
    for (int c = 0; c < CHANNELS; c++) {
        for (int send = 0; send < 2; send++) {
            for (int i = s->waiting[c][send].size - 1; i >= 0; i--) {
                if (s->waiting[c][send].who[i] / CASES == g) {
                    (void)model_row_take(&s->waiting[c][send], i);
                }
            }
        }
    }
}

/* Somebody who waits is served: sends, or gets this value. */
static void serve(state *s, int who, bool send, bool ok, int value)
{
    const int g = who / CASES;
    stop_waiting(s, g);
    model_complete(s, g, send && !ok ? PANICKED : chosen(who % CASES, send, ok, value));
}

static int value_of(const state *s, int who)
{
    const int g = who / CASES;
    return ops[g][s->head.next[g]].value[who % CASES];
}

static bool case_ready(state *s, int c, bool send)
{
    if (c == CHANNELS) {
        return false;
    }
    return s->closed[c] || first_waiting(s, c, !send) >= 0 ||
           (send ? s->buffered[c] < capacities[c] : s->buffered[c] > 0);
}

static int do_send(state *s, int c, int at, int value)
{
    const int receiver = first_waiting(s, c, false);
    if (s->closed[c]) {
        return PANICKED;
    }
    if (receiver >= 0) {
        serve(s, receiver, false, true, value);
    } else {
        s->buffer[c][s->buffered[c]++] = (uint8_t)value;
    }
    return chosen(at, true, true, 0);
}

static int do_receive(state *s, int c, int at)
{
    const int sender = first_waiting(s, c, true);
    if (s->buffered[c] == 0 && sender < 0) {
        return chosen(at, false, false, 0);
    }
    const int offered = sender < 0 ? 0 : value_of(s, sender);
    int value = offered;
    if (s->buffered[c] > 0) {
        value = s->buffer[c][0];
        memmove(s->buffer[c], s->buffer[c] + 1, CAPACITY - 1);
        s->buffer[c][--s->buffered[c]] = 0;
        if (sender >= 0) {
            s->buffer[c][s->buffered[c]++] = (uint8_t)offered;
        }
    }
    if (sender >= 0) {
        serve(s, sender, true, true, 0);
    }
    return chosen(at, false, true, value);
}

/* Among the ready cases that which was observed, if it can be; else any. -1: none is ready. */
static int pick(state *s, const op *o, int observed)
{
    int any = -1;
    for (int i = 0; i < o->count; i++) {
        if (case_ready(s, o->chan[i], o->send[i])) {
            const bool panics = o->send[i] && s->closed[o->chan[i]];
            any = i;
            if (panics ? observed == PANICKED : observed >= 0 && observed / 256 == i) {
                return i;
            }
        }
    }
    return any;
}

static void try_select(state *s, int g, const op *o, int observed)
{
    const int at = pick(s, o, observed);
    if (at >= 0) {
        model_complete(s, g,
                       o->send[at] ? do_send(s, o->chan[at], at, o->value[at])
                                   : do_receive(s, o->chan[at], at));
        return;
    }
    if (o->patience == FOR_NOTHING) {
        model_complete(s, g, -EAGAIN);
        return;
    }
    model_wait(s, g);
    for (int i = 0; i < o->count; i++) {
        if (o->chan[i] != CHANNELS) {
            model_row_push(&s->waiting[o->chan[i]][o->send[i]], g * CASES + i);
        }
    }
}

static void try_close(state *s, int g, int c)
{
    if (s->closed[c]) {
        model_complete(s, g, PANICKED);
        return;
    }
    s->closed[c] = true;
    for (int send = 0; send < 2; send++) {
        for (int who = first_waiting(s, c, send); who >= 0; who = first_waiting(s, c, send)) {
            serve(s, who, send, false, 0);
        }
    }
    model_complete(s, g, 0);
}

static void try_op(void *model_state, int g, int i)
{
    state *const s = model_state;
    const op *const o = &ops[g][i];
    if (o->kind == SELECT) {
        try_select(s, g, o, model_observed(g, i));
    } else if (o->kind == CLOSE) {
        try_close(s, g, o->chan[0]);
    } else {
        model_complete(s, g, s->buffered[o->chan[0]]);
    }
}

static void expire(void *model_state, int g, int i)
{
    (void)i;
    stop_waiting(model_state, g);
    model_complete(model_state, g, -ETIMEDOUT);
}

/* ---- Making the calls ---- */

static void select_op(op *o, int64_t deadline_ns)
{
    weft_case all[NEVER_READY + CASES + 1];
    weft_case *const cases = all + (o->wide ? NEVER_READY : 0);
    int values[CASES];
    const int other_in = o->patience == FOR_EVER ? o->count : o->other_in % (o->count + 1);
    for (int i = 0; i < NEVER_READY; i++) {
        all[i] = WEFT_RECV(NULL, NULL);
    }
    for (int i = 0; i < o->count; i++) {
        weft_chan *const ch = channels[o->chan[i]];
        values[i] = o->send[i] ? o->value[i] : -1;
        cases[i + (i >= other_in)] = o->send[i] ? WEFT_SEND(ch, &values[i])
                                                : WEFT_RECV(ch, &values[i]);
    }
    if (o->patience != FOR_EVER) {
        cases[other_in] = o->patience == FOR_NOTHING ? WEFT_DEFAULT : WEFT_UNTIL(deadline_ns);
    }
    const size_t count = (size_t)(cases - all) + o->count + (o->patience != FOR_EVER);
    const int at = (int)weft_select(all, count) - (int)(cases - all);
    if (o->patience != FOR_EVER && at == other_in) {
        o->outcome = o->patience == FOR_NOTHING ? -EAGAIN : -ETIMEDOUT;
        return;
    }
    const int i = at - (at > other_in);
    WEFT_ASSERT(i >= 0 && i < o->count);
    WEFT_ASSERT(o->send[i] || cases[at].ok || values[i] == 0);
    o->outcome = chosen(i, o->send[i], cases[at].ok, values[i]);
}

/* The same by the function for one channel. */
static void plain_op(op *o, int64_t deadline_ns)
{
    weft_chan *const ch = channels[o->chan[0]];
    int value = o->send[0] ? o->value[0] : -1;
    int status = 0;
    if (o->send[0] && o->patience == FOR_EVER) {
        weft_chan_send(ch, &value);
    } else if (o->patience == FOR_EVER) {
        status = weft_chan_recv(ch, &value) ? 0 : -EPIPE;
    } else if (o->patience == FOR_NOTHING) {
        status = o->send[0] ? weft_chan_try_send(ch, &value) : weft_chan_try_recv(ch, &value);
    } else {
        status = o->send[0] ? weft_chan_send_until(ch, &value, deadline_ns)
                            : weft_chan_recv_until(ch, &value, deadline_ns);
    }
    WEFT_ASSERT(status != -EPIPE || value == 0);
    o->outcome = status == 0 || status == -EPIPE ? chosen(0, o->send[0], status == 0, value)
                                                 : status;
}

static void call(void *arg)
{
    op *const o = arg;
    const int64_t deadline_ns = o->patience == FOR_A_WHILE ? weft_now() + WEFT_MILLISECOND : 0;
    if (o->kind == CLOSE) {
        weft_chan_close(channels[o->chan[0]]);
        o->outcome = 0;
    } else if (o->kind == LENGTH) {
        o->outcome = (int)weft_chan_len(channels[o->chan[0]]);
    } else if (o->plain && o->count == 1) {
        plain_op(o, deadline_ns);
    } else {
        select_op(o, deadline_ns);
    }
}

static void run_op(int g, const op *what)
{
    op *const o = &ops[g][model.counts[g]];
    *o = *what;
    model_call_begins(g);
    const int panicked = weft_try(call, o, NULL);
    model_call_returns(g, panicked ? PANICKED : o->outcome);
}

/* ---- Programs ---- */

static op next_op(input *in, int g)
{
    const uint8_t shape = input_byte(in);
    op o = {.count = shape & 3,
            .plain = (shape & 16) == 0,
            .other_in = shape >> 5,
            .wide = (shape & 64) != 0};
    bool real = false;
    if (o.count == 0) {
        o.kind = (shape & 4) != 0 ? CLOSE : LENGTH;
        o.chan[0] = input_byte(in) % CHANNELS;
        return o;
    }
    o.patience = (shape & 8) == 0 ? FOR_EVER : (shape & 4) == 0 ? FOR_NOTHING : FOR_A_WHILE;
    for (int i = 0; i < o.count; i++) {
        const uint8_t one = input_byte(in);
        o.chan[i] = one % (CHANNELS + 1);
        o.send[i] = (one & 4) != 0;
        o.value[i] = (uint8_t)(1 + (g * OPS + model.counts[g]) * CASES + i);
        real = real || o.chan[i] != CHANNELS;
    }
    if (!real && o.patience == FOR_EVER) {
        o.patience = FOR_A_WHILE;
    }
    return o;
}

static input parts[GOROUTINES];
static const int numbers[GOROUTINES] = {0, 1, 2};

static void run_goroutine(void *arg)
{
    const int g = *(const int *)arg;
    for (int i = 0; i < OPS && !input_ends(&parts[g]); i++) {
        const op o = next_op(&parts[g], g);
        run_op(g, &o);
    }
}

static void target(const uint8_t *data, size_t size)
{
    static const model_spec spec = {sizeof(state), try_op, expire};
    static const state nothing;
    weft_waitgroup running = {0};
    input in = input_of(data, size);
    model_begin(&spec);
    for (int c = 0; c < CHANNELS; c++) {
        capacities[c] = input_byte(&in) % (CAPACITY + 1);
        channels[c] = weft_chan_make(sizeof(int), capacities[c]);
    }
    for (int g = 0; g < GOROUTINES; g++) {
        parts[g] = input_part(&in, (size_t)g, GOROUTINES);
        (void)weft_waitgroup_go(&running, run_goroutine, (void *)(uintptr_t)&numbers[g]);
    }
    weft_sleep(WEFT_SECOND);
    model.outside = 0;
    for (int c = 0; c < CHANNELS; c++) {
        run_op(MAIN, &(const op){.kind = CLOSE, .chan = {(uint8_t)c}});
    }
    model.outside = 1;
    weft_waitgroup_wait(&running);
    model_check(&nothing);
    for (int c = 0; c < CHANNELS; c++) {
        weft_chan_release(channels[c]);
    }
}

WEFT_FUZZ(target)
