/* sema_fuzz.c: a weighted semaphore, by all kinds of acquire, with requests that are too large.
 *
 * Input: capacity; then what each goroutine does. What they saw must be what a first-come queue of
 * requests gives in some order (model.h); in the end nobody waits and all units are free. */
#include <weft/fuzz.h>

#include "input.h"
#include "model.h"

enum { GOROUTINES = 4, OPS = 6, UNITS = 4, GIVES_UP = 1 };

typedef enum op_kind { ACQUIRE, TRY, UNTIL, RELEASE } op_kind;

typedef struct op {
    op_kind kind;
    int n;
} op;

static op ops[MODEL_GOROUTINES][MODEL_OPS];
static int capacity;
static weft_sema sema;

/* ---- The model ---- */

typedef struct state {
    _Alignas(8) model_head head;
    uint8_t held;
    model_row row;
} state;

static int wants(const state *s, int g)
{
    return ops[g][s->head.next[g]].n;
}

/* Serve the row from its front, without those who have given up. */
static void admit(state *s)
{
    while (s->row.size != 0) {
        const int first = s->row.who[0];
        if (wants(s, first) > capacity - s->held) {
            return;
        }
        (void)model_row_take(&s->row, 0);
        if (s->head.phase[first] != GIVES_UP) {
            s->held = (uint8_t)(s->held + wants(s, first));
            model_complete(s, first, 0);
        }
    }
}

static void leave(state *s, int g)
{
    for (int i = 0; i < s->row.size; i++) {
        if (s->row.who[i] == g) {
            (void)model_row_take(&s->row, i);
            admit(s);
            break;
        }
    }
    model_complete(s, g, -ETIMEDOUT);
}

static void try_op(void *model_state, int g, int i)
{
    state *const s = model_state;
    const op *const o = &ops[g][i];
    if (s->head.phase[g] == GIVES_UP) {
        leave(s, g);
    } else if (o->kind == RELEASE) {
        s->held = (uint8_t)(s->held - o->n);
        admit(s);
        model_complete(s, g, 0);
    } else if (s->row.size == 0 && o->n <= capacity - s->held) {
        s->held = (uint8_t)(s->held + o->n);
        model_complete(s, g, 0);
    } else if (o->kind == TRY) {
        model_complete(s, g, -EAGAIN);
    } else {
        model_wait(s, g);
        if (o->n <= capacity) {
            model_row_push(&s->row, g);
        }
    }
}

/* Who gives up is in the way of others until it has left the row. */
static void expire(void *model_state, int g, int i)
{
    state *const s = model_state;
    (void)i;
    s->head.phase[g] = GIVES_UP;
    s->head.waits[g] = false;
}

/* ---- Making the calls ---- */

static int run_op(int g, op_kind kind, int n)
{
    int result = 0;
    const int64_t deadline_ns = kind == UNTIL ? weft_now() + WEFT_MILLISECOND : 0;
    ops[g][model.counts[g]] = (op){.kind = kind, .n = n};
    model_call_begins(g);
    switch (kind) {
    case ACQUIRE:
        weft_sema_acquire(&sema, n);
        break;
    case TRY:
        result = weft_sema_try_acquire(&sema, n) ? 0 : -EAGAIN;
        break;
    case UNTIL:
        result = weft_sema_acquire_until(&sema, n, deadline_ns);
        break;
    default:
        weft_sema_release(&sema, n);
        break;
    }
    model_call_returns(g, result);
    return result;
}

static input parts[GOROUTINES];
static const int numbers[GOROUTINES] = {0, 1, 2, 3};

/* Who holds units only tries to get more, so that nobody waits for ever. */
static void run_goroutine(void *arg)
{
    const int g = *(const int *)arg;
    int held = 0;
    for (int i = 0; i < OPS && !input_ends(&parts[g]); i++) {
        const uint8_t byte = input_byte(&parts[g]);
        const int n = (byte >> 2) % (UNITS + 1);
        op_kind kind = byte & 3;
        if (kind == RELEASE) {
            (void)run_op(g, RELEASE, n < held ? n : held);
            held -= n < held ? n : held;
            continue;
        }
        if (kind == ACQUIRE && (held != 0 || n > capacity)) {
            kind = UNTIL;
        }
        held += run_op(g, kind, n) == 0 ? n : 0;
    }
    (void)run_op(g, RELEASE, held);
}

static void target(const uint8_t *data, size_t size)
{
    static const model_spec spec = {sizeof(state), try_op, expire};
    static const state nothing;
    weft_waitgroup running = {0};
    input in = input_of(data, size);
    model_begin(&spec);
    capacity = input_byte(&in) % (UNITS + 1);
    sema = WEFT_SEMA(capacity);
    for (int g = 0; g < GOROUTINES; g++) {
        parts[g] = input_part(&in, (size_t)g, GOROUTINES);
        (void)weft_waitgroup_go(&running, run_goroutine, (void *)(uintptr_t)&numbers[g]);
    }
    weft_waitgroup_wait(&running);
    model_check(&nothing);
    WEFT_ASSERT(weft_sema_try_acquire(&sema, capacity));
    WEFT_ASSERT(!weft_sema_try_acquire(&sema, 1));
}

WEFT_FUZZ(target)
