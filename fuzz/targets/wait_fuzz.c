/* wait_fuzz.c: a wait group and onces.
 *
 * Input: what each goroutine does. What must hold, whatever the schedule:
 *   - what they saw of the wait group is what a count gives in some order: model.h; all waits end;
 *   - a function of a once is called once, however it ends, and no call returns before it has. */
#include <weft/fuzz.h>

#include "input.h"
#include "model.h"

enum { GOROUTINES = 3, MAIN = GOROUTINES, OPS = 8, ONCES = 2 };

/* ---- The wait group ---- */

typedef struct state {
    _Alignas(8) model_head head;
    uint8_t count;
    model_row waiters;
} state;

static int deltas[MODEL_GOROUTINES][MODEL_OPS]; /* 0: wait */
static weft_waitgroup group;

static void try_op(void *model_state, int g, int i)
{
    state *const s = model_state;
    const int delta = deltas[g][i];
    s->count = (uint8_t)(s->count + delta);
    if (delta == 0 && s->count != 0) {
        model_wait(s, g);
        model_row_push(&s->waiters, g);
        return;
    }
    while (s->count == 0 && s->waiters.size != 0) {
        model_complete(s, model_row_take(&s->waiters, 0), 0);
    }
    model_complete(s, g, 0);
}

/* Add so much, or wait. */
static void run_op(int g, int delta)
{
    deltas[g][model.counts[g]] = delta;
    model_call_begins(g);
    if (delta == 0) {
        weft_waitgroup_wait(&group);
    } else if (delta == -1) {
        weft_waitgroup_done(&group);
    } else {
        weft_waitgroup_add(&group, delta);
    }
    model_call_returns(g, 0);
}

/* ---- Onces ---- */

typedef enum ending { RETURNS, PANICS, EXITS } ending;

typedef struct once {
    weft_once once;
    ending ending;
    int calls;
    bool ended;
} once;

static once onces[ONCES];

static weft_waitgroup running;

static void end_once(void *arg)
{
    ((once *)arg)->ended = true;
}

static void called_once(void *arg)
{
    once *const o = arg;
    WEFT_DEFER(end_once, o);
    WEFT_ASSERT(++o->calls == 1);
    weft_yield();
    if (o->ending == PANICS) {
        weft_panic("planned");
    }
    if (o->ending == EXITS) {
        weft_exit();
    }
}

static void do_once(void *arg)
{
    once *const o = arg;
    weft_once_do(&o->once, called_once, o);
    WEFT_ASSERT(o->ended);
}

static void end_caller(void *unused)
{
    (void)unused;
    model.outside--;
}

/* In a goroutine of its own, which may exit. */
static void try_once(void *arg)
{
    once *const o = arg;
    weft_defer(end_caller, NULL);
    WEFT_ASSERT(weft_try(do_once, o, NULL) == 0 || o->ending == PANICS);
    WEFT_ASSERT(o->ended);
}

/* ---- Goroutines ---- */

static input parts[GOROUTINES];
static const int numbers[GOROUTINES] = {0, 1, 2};

/* Who holds nothing adds nothing: adding from 0 must come before a wait. */
static void run_goroutine(void *arg)
{
    const int g = *(const int *)arg;
    int held = 1;
    for (int i = 0; i < OPS && !input_ends(&parts[g]); i++) {
        const uint8_t what = input_byte(&parts[g]);
        if ((what & 3) == 3) {
            model.outside++;
            (void)weft_waitgroup_go(&running, try_once, &onces[what >> 2 & 1]);
        } else if (held == 0) {
            run_op(g, 0);
        } else {
            const int delta = (what & 3) == 0 ? 1 + (what >> 2 & 1) : -1;
            held += delta;
            run_op(g, delta);
        }
    }
    if (held != 0) {
        run_op(g, -held);
    }
}

static void target(const uint8_t *data, size_t size)
{
    static const model_spec spec = {sizeof(state), try_op, NULL};
    static const state nothing;
    input in = input_of(data, size);
    model_begin(&spec);
    group = (weft_waitgroup){{0}};
    running = (weft_waitgroup){{0}};
    for (int i = 0; i < ONCES; i++) {
        onces[i] = (once){.ending = (ending)(input_byte(&in) % (EXITS + 1))};
    }
    run_op(MAIN, GOROUTINES);
    for (int g = 0; g < GOROUTINES; g++) {
        parts[g] = input_part(&in, (size_t)g, GOROUTINES);
        (void)weft_waitgroup_go(&running, run_goroutine, (void *)(uintptr_t)&numbers[g]);
    }
    run_op(MAIN, 0);
    weft_waitgroup_wait(&running);
    model_check(&nothing);
}

WEFT_FUZZ(target)
