/* lock_fuzz.c: a mutex, a readers-writer lock, and a condition variable with the mutex.
 *
 * Input: what each goroutine does. What they saw must be what sequential models of the three give
 * in some order (model.h). Nobody waits for ever: a goroutine holds one lock at a time, and who
 * would be the last not to wait for the condition makes the others go on instead. */
#include <weft/fuzz.h>

#include "input.h"
#include "model.h"

enum { GOROUTINES = 4, OPS = 4, SIGNALLED = 1 };

typedef enum op_kind {
    LOCK,
    TRY_LOCK,
    UNLOCK,
    READ,
    TRY_READ,
    END_READ,
    WRITE,
    TRY_WRITE,
    END_WRITE,
    WAIT,
    SIGNAL,
    BROADCAST,
} op_kind;

static op_kind ops[MODEL_GOROUTINES][MODEL_OPS];
static weft_mutex mutex;
static weft_rwmutex rwmutex;
static weft_cond cond;

/* What they protect. */
static int of_mutex;
static int of_rwmutex;
static int alive;
static int waiting; /* for the condition; under mutex */

/* ---- The model ---- */

typedef struct state {
    _Alignas(8) model_head head;
    bool locked;
    bool writing;
    uint8_t reading;
    model_row lockers;
    model_row readers;
    model_row writers;
    model_row waiters;
} state;

static void serve_first(state *s, model_row *row)
{
    model_complete(s, model_row_take(row, 0), 0);
}

static void unlock(state *s)
{
    s->locked = s->lockers.size != 0;
    if (s->locked) {
        serve_first(s, &s->lockers);
    }
}

static void lock(state *s, int g)
{
    if (s->locked) {
        model_wait(s, g);
        model_row_push(&s->lockers, g);
        return;
    }
    s->locked = true;
    model_complete(s, g, 0);
}

static void admit_writer(state *s)
{
    s->writing = s->writers.size != 0;
    if (s->writing) {
        serve_first(s, &s->writers);
    }
}

static void end_write(state *s)
{
    s->writing = false;
    s->reading = s->readers.size;
    if (s->reading == 0) {
        admit_writer(s);
    }
    while (s->readers.size != 0) {
        serve_first(s, &s->readers);
    }
}

static void end_read(state *s)
{
    if (--s->reading == 0) {
        admit_writer(s);
    }
}

/* The lock for reading, or writing; who only tries does not wait. */
static void take(state *s, int g, bool write, bool tries)
{
    const bool free = !s->writing && (write ? s->reading == 0 : s->writers.size == 0);
    if (free) {
        s->writing = write;
        s->reading = (uint8_t)(s->reading + !write);
        model_complete(s, g, 0);
    } else if (tries) {
        model_complete(s, g, -EAGAIN);
    } else {
        model_wait(s, g);
        model_row_push(write ? &s->writers : &s->readers, g);
    }
}

/* The first of those who wait for the condition goes on, and wants the mutex. */
static void signal_first(state *s)
{
    if (s->waiters.size != 0) {
        const int g = model_row_take(&s->waiters, 0);
        s->head.waits[g] = false;
        s->head.phase[g] = SIGNALLED;
    }
}

static void do_release(state *s, int g, op_kind kind)
{
    switch (kind) {
    case UNLOCK:
        unlock(s);
        break;
    case END_READ:
        end_read(s);
        break;
    case END_WRITE:
        end_write(s);
        break;
    case SIGNAL:
        signal_first(s);
        break;
    default:
        while (s->waiters.size != 0) {
            signal_first(s);
        }
        break;
    }
    model_complete(s, g, 0);
}

static void try_op(void *model_state, int g, int i)
{
    state *const s = model_state;
    const op_kind kind = ops[g][i];
    if (kind == LOCK || s->head.phase[g] == SIGNALLED) {
        lock(s, g);
    } else if (kind == TRY_LOCK) {
        model_complete(s, g, s->locked ? -EAGAIN : 0);
        s->locked = true;
    } else if (kind == WAIT) {
        unlock(s);
        model_wait(s, g);
        model_row_push(&s->waiters, g);
    } else if (kind == READ || kind == TRY_READ || kind == WRITE || kind == TRY_WRITE) {
        take(s, g, kind == WRITE || kind == TRY_WRITE, kind == TRY_READ || kind == TRY_WRITE);
    } else {
        do_release(s, g, kind);
    }
}

/* ---- Making the calls ---- */

static int call(op_kind kind)
{
    switch (kind) {
    case LOCK:
        weft_mutex_lock(&mutex);
        return 0;
    case TRY_LOCK:
        return weft_mutex_try_lock(&mutex) ? 0 : -EAGAIN;
    case UNLOCK:
        weft_mutex_unlock(&mutex);
        return 0;
    case READ:
        weft_rwmutex_rlock(&rwmutex);
        return 0;
    case TRY_READ:
        return weft_rwmutex_try_rlock(&rwmutex) ? 0 : -EAGAIN;
    case END_READ:
        weft_rwmutex_runlock(&rwmutex);
        return 0;
    case WRITE:
        weft_rwmutex_lock(&rwmutex);
        return 0;
    case TRY_WRITE:
        return weft_rwmutex_try_lock(&rwmutex) ? 0 : -EAGAIN;
    case END_WRITE:
        weft_rwmutex_unlock(&rwmutex);
        return 0;
    case WAIT:
        weft_cond_wait(&cond, &mutex);
        return 0;
    case SIGNAL:
        weft_cond_signal(&cond);
        return 0;
    default:
        weft_cond_broadcast(&cond);
        return 0;
    }
}

static bool run_op(int g, op_kind kind)
{
    ops[g][model.counts[g]] = kind;
    model_call_begins(g);
    const int result = call(kind);
    model_call_returns(g, result);
    return result == 0;
}

/* ---- Goroutines ---- */

static void wait_or_wake(int g, uint8_t what)
{
    if ((what & 8) != 0 && waiting + 1 < alive) {
        waiting++;
        (void)run_op(g, WAIT);
    } else if ((what & 16) != 0) {
        waiting -= waiting == 0 ? 0 : 1;
        (void)run_op(g, SIGNAL);
    } else if ((what & 8) != 0) {
        waiting = 0;
        (void)run_op(g, BROADCAST);
    }
}

static void with_mutex(int g, uint8_t what)
{
    if (run_op(g, (what & 4) != 0 ? TRY_LOCK : LOCK)) {
        WEFT_ASSERT(of_mutex == 0);
        of_mutex = 1;
        weft_yield();
        of_mutex = 0;
        wait_or_wake(g, what);
        (void)run_op(g, UNLOCK);
    }
}

static void as_reader(int g, uint8_t what)
{
    if (run_op(g, (what & 4) != 0 ? TRY_READ : READ)) {
        WEFT_ASSERT(of_rwmutex >= 0);
        of_rwmutex++;
        weft_yield();
        of_rwmutex--;
        (void)run_op(g, END_READ);
    }
}

static void as_writer(int g, uint8_t what)
{
    if (run_op(g, (what & 4) != 0 ? TRY_WRITE : WRITE)) {
        WEFT_ASSERT(of_rwmutex == 0);
        of_rwmutex = -1;
        weft_yield();
        of_rwmutex = 0;
        (void)run_op(g, END_WRITE);
    }
}

static input parts[GOROUTINES];
static const int numbers[GOROUTINES] = {0, 1, 2, 3};

static void run_goroutine(void *arg)
{
    const int g = *(const int *)arg;
    for (int i = 0; i < OPS && !input_ends(&parts[g]); i++) {
        static void (*const kinds[4])(int, uint8_t) = {with_mutex, as_reader, as_writer,
                                                       with_mutex};
        const uint8_t what = input_byte(&parts[g]);
        kinds[what & 3](g, what);
    }
    (void)run_op(g, LOCK);
    if (waiting == --alive && waiting != 0) {
        waiting = 0;
        (void)run_op(g, BROADCAST);
    }
    (void)run_op(g, UNLOCK);
}

static void target(const uint8_t *data, size_t size)
{
    static const model_spec spec = {sizeof(state), try_op, NULL};
    static const state nothing;
    weft_waitgroup running = {0};
    const input in = input_of(data, size);
    model_begin(&spec);
    mutex = (weft_mutex){{0}};
    rwmutex = (weft_rwmutex){{0}};
    cond = (weft_cond){{0}};
    of_mutex = 0;
    of_rwmutex = 0;
    waiting = 0;
    alive = GOROUTINES;
    for (int g = 0; g < GOROUTINES; g++) {
        parts[g] = input_part(&in, (size_t)g, GOROUTINES);
        (void)weft_waitgroup_go(&running, run_goroutine, (void *)(uintptr_t)&numbers[g]);
    }
    weft_waitgroup_wait(&running);
    model_check(&nothing);
}

WEFT_FUZZ(target)
