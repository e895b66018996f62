/* program_steps.h: execute a program of programs.h, and tell what its goroutines saw.
 *
 * INVARIANTS
 *   - A goroutine writes its own log only, and what it writes is published by the log's length.
 *   - `alive` counts the goroutines that have yet to end.
 *   - What is announced with weft_point_* is accessed atomically: it is shared without a lock.
 *   - Timers of whole programs take equally long, or no time at all where nobody can see that they
 *     are armed: so they fire in the order of their arming, in real time as in the simulator's, and
 *     which one that is, is all that the outcome depends on. */
#ifndef WEFT_TESTS_PROGRAM_STEPS_H
#define WEFT_TESTS_PROGRAM_STEPS_H

#include <string.h>

#include <weft.h>

#include "programs.h"

enum {
    PROGRAM_LOGS = 2 * PROGRAM_GOROUTINES_MAX, /* goroutines, and the callbacks of their timers */
    PROGRAM_LOG_SIZE = 156,
    PROGRAM_OUTCOME_SIZE = PROGRAM_LOGS * (PROGRAM_LOG_SIZE + 1) + 64,
    PROGRAM_UNITS = 2,
    PROGRAM_TIMER_NS = 30000,
};

typedef struct program_log {
    uint32_t length; /* atomic */
    char text[PROGRAM_LOG_SIZE];
} program_log;

typedef struct program_run program_run;

/* What a goroutine is started with. */
typedef struct program_seat {
    program_run *run;
    uint32_t g;
    uint32_t next; /* step */
} program_seat;

struct program_run {
    const program *program;
    program_log *logs; /* PROGRAM_LOGS of them */
    /* Called before each step and before the wait for a condition; where it may block, in
     * weft_blocking. NULL: nothing. */
    void (*disturb)(program_run *run, uint32_t g, bool may_block);

    uint32_t alive; /* atomic */
    program_seat seats[PROGRAM_GOROUTINES_MAX];
    weft_chan *channels[PROGRAM_CHANNELS];
    weft_mutex mutex;
    weft_rwmutex rwmutex;
    weft_cond cond;
    weft_mutex cond_mutex;
    weft_waitgroup group;
    weft_once once;
    weft_once once_send;
    weft_sema sema;
    weft_context *context;
    weft_timer *timer;                         /* NULL: not used */
    weft_timer *funcs[PROGRAM_GOROUTINES_MAX]; /* only touched by their goroutines; these too: */
    int64_t held[PROGRAM_GOROUTINES_MAX];      /* units of sema */
    weft_waitgroup called[PROGRAM_GOROUTINES_MAX]; /* what funcs has yet to call */
    int variable;
    int of_mutex; /* these: only touched under what they are named after */
    int of_rwmutex;
    int of_cond;
    int cond_tickets; /* of cond_mutex */
    int of_once;
    int of_once_send;
};

/* ---- Logs: " 3;12;." is a step that told 3 and 12 and has ended, "$" the end ---- */

static inline void program_write(program_log *log, const char *text, size_t size)
{
    const size_t room = PROGRAM_LOG_SIZE - log->length;
    memcpy(log->text + log->length, text, size < room ? size : room);
    __atomic_store_n(&log->length, log->length + (uint32_t)(size < room ? size : room),
                     __ATOMIC_RELEASE);
}

static inline void program_note_in(program_log *log, int64_t what)
{
    char text[24];
    size_t at = sizeof text;
    uint64_t rest = what < 0 ? 0 - (uint64_t)what : (uint64_t)what;
    text[--at] = ';';
    do {
        text[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (what < 0) {
        text[--at] = '-';
    }
    program_write(log, text + at, sizeof text - at);
}

static inline void program_note(const program_seat *seat, int64_t what)
{
    program_note_in(&seat->run->logs[seat->g], what);
}

static inline void program_say(const program_seat *seat, const char *text)
{
    program_write(&seat->run->logs[seat->g], text, strlen(text));
}

/* ---- The life of a goroutine's program ---- */

static inline void program_begin_one(program_run *run)
{
    (void)__atomic_add_fetch(&run->alive, 1, __ATOMIC_ACQ_REL);
}

/* A goroutine ends after its callback: what nobody waits for would not happen in the simulator. */
static inline void program_end(void *arg)
{
    const program_seat *const seat = arg;
    weft_waitgroup_wait(&seat->run->called[seat->g]);
    program_say(seat, "$");
    (void)__atomic_sub_fetch(&seat->run->alive, 1, __ATOMIC_ACQ_REL);
}

static inline void program_goroutine(void *arg);

static inline void program_spawn(const program_seat *seat, const program_step *s)
{
    program_run *const run = seat->run;
    program_begin_one(run);
    if (s->kind == PROGRAM_SPAWN) {
        (void)weft_go(program_goroutine, &run->seats[s->variant]);
    } else {
        (void)weft_waitgroup_go(&run->group, program_goroutine, &run->seats[s->variant]);
    }
}

/* ---- Steps on channels ---- */

/* Of a whole program: a time that is near, or due at once. */
static inline int64_t program_duration(const program_step *s)
{
    return s->variant == 0 ? 0 : PROGRAM_TIMER_NS;
}

static inline int64_t program_deadline(const program_step *s)
{
    return weft_now() + program_duration(s);
}

static inline void program_select(const program_seat *seat, const program_step *s, int value)
{
    int in[2] = {-1, -1};
    weft_chan *const first = seat->run->channels[s->channel];
    weft_chan *const second = seat->run->channels[1 - s->channel];
    weft_case cases[] = {
        (s->variant & 1) != 0 ? WEFT_SEND(first, &value) : WEFT_RECV(first, &in[0]),
        (s->variant & 2) != 0 ? WEFT_SEND(second, &value) : WEFT_RECV(second, &in[1]),
        s->kind == PROGRAM_SELECT_UNTIL ? WEFT_UNTIL(program_deadline(s)) : WEFT_DEFAULT,
    };
    const size_t chosen = weft_select(cases, s->kind == PROGRAM_SELECT ? 2 : 3);
    program_note(seat, (int64_t)chosen);
    program_note(seat, in[0] + 1000 * in[1]);
}

/* Receive from the step's channel, or from another one whose values do not count. */
static inline size_t program_receive_or(const program_seat *seat, const program_step *s,
                                        weft_chan *other)
{
    int in = -1;
    weft_case cases[] = {WEFT_RECV(other, NULL), WEFT_RECV(seat->run->channels[s->channel], &in)};
    const size_t chosen = weft_select(cases, 2);
    program_note(seat, (int64_t)chosen);
    program_note(seat, in);
    return chosen;
}

static inline bool program_channel_step(const program_seat *seat, const program_step *s, int value)
{
    weft_chan *const ch = seat->run->channels[s->channel];
    int in = -1;
    switch (s->kind) {
    case PROGRAM_SEND:
        weft_chan_send(ch, &value);
        return true;
    case PROGRAM_RECEIVE:
        program_note(seat, weft_chan_recv(ch, &in));
        break;
    case PROGRAM_TRY_SEND:
        program_note(seat, weft_chan_try_send(ch, &value));
        return true;
    case PROGRAM_TRY_RECEIVE:
        program_note(seat, weft_chan_try_recv(ch, &in));
        break;
    case PROGRAM_SEND_UNTIL:
        program_note(seat, weft_chan_send_until(ch, &value, program_deadline(s)));
        return true;
    case PROGRAM_RECEIVE_UNTIL:
        program_note(seat, weft_chan_recv_until(ch, &in, program_deadline(s)));
        break;
    case PROGRAM_CLOSE:
        weft_chan_close(ch);
        return true;
    case PROGRAM_LENGTH:
        program_note(seat, (int64_t)weft_chan_len(ch));
        return true;
    case PROGRAM_SELECT:
    case PROGRAM_SELECT_DEFAULT:
    case PROGRAM_SELECT_UNTIL:
        program_select(seat, s, value);
        return true;
    default:
        return false;
    }
    program_note(seat, in);
    return true;
}

/* ---- Steps on locks and friends ---- */

static inline void program_count_under(const program_seat *seat, int *counter)
{
    program_note(seat, (*counter)++);
}

static inline void program_cond_lock(void *seat)
{
    weft_mutex_lock(&((program_seat *)seat)->run->cond_mutex);
}

/* A waiter is disturbed between its unlock and its park. */
static inline void program_cond_unlock(void *arg)
{
    const program_seat *const seat = arg;
    weft_mutex_unlock(&seat->run->cond_mutex);
    if (seat->run->disturb != NULL) {
        seat->run->disturb(seat->run, seat->g, false);
    }
}

static inline void program_cond_step(program_seat *seat, const program_step *s)
{
    program_run *const run = seat->run;
    const weft_locker locker = {program_cond_lock, program_cond_unlock, seat};
    weft_mutex_lock(&run->cond_mutex);
    if (s->kind == PROGRAM_SIGNAL) {
        run->of_cond++;
        weft_cond_signal(&run->cond);
    } else if (s->kind == PROGRAM_COND_WAIT) {
        program_count_under(seat, &run->cond_tickets); /* who is first in the row */
        weft_cond_wait(&run->cond, locker);
        program_note(seat, run->of_cond);
    } else {
        while (run->of_cond == 0) {
            program_count_under(seat, &run->cond_tickets);
            weft_cond_wait(&run->cond, locker);
        }
        program_note(seat, run->of_cond--);
    }
    weft_mutex_unlock(&run->cond_mutex);
}

static inline bool program_lock_step(program_seat *seat, const program_step *s)
{
    program_run *const run = seat->run;
    switch (s->kind) {
    case PROGRAM_LOCK:
        weft_mutex_lock(&run->mutex);
        program_count_under(seat, &run->of_mutex);
        weft_mutex_unlock(&run->mutex);
        return true;
    case PROGRAM_TRY_LOCK:
        if (weft_mutex_try_lock(&run->mutex)) {
            program_count_under(seat, &run->of_mutex);
            weft_mutex_unlock(&run->mutex);
        }
        return true;
    case PROGRAM_READ_LOCK:
        weft_rwmutex_rlock(&run->rwmutex);
        program_note(seat, run->of_rwmutex);
        weft_rwmutex_runlock(&run->rwmutex);
        return true;
    case PROGRAM_TRY_READ_LOCK:
        if (weft_rwmutex_try_rlock(&run->rwmutex)) {
            program_note(seat, run->of_rwmutex);
            weft_rwmutex_runlock(&run->rwmutex);
        }
        return true;
    case PROGRAM_WRITE_LOCK:
        weft_rwmutex_lock(&run->rwmutex);
        program_count_under(seat, &run->of_rwmutex);
        weft_rwmutex_unlock(&run->rwmutex);
        return true;
    case PROGRAM_TRY_WRITE_LOCK:
        if (weft_rwmutex_try_lock(&run->rwmutex)) {
            program_count_under(seat, &run->of_rwmutex);
            weft_rwmutex_unlock(&run->rwmutex);
        }
        return true;
    case PROGRAM_COND_WAIT:
    case PROGRAM_COND_LOOP:
    case PROGRAM_SIGNAL:
        program_cond_step(seat, s);
        return true;
    case PROGRAM_BROADCAST:
        weft_cond_broadcast(&run->cond);
        return true;
    default:
        return false;
    }
}

static inline void program_first(void *arg)
{
    ((program_run *)arg)->of_once++;
}

static inline void program_first_sends(void *arg)
{
    program_run *const run = arg;
    const int value = 77;
    run->of_once_send++;
    weft_chan_send(run->channels[0], &value);
}

static inline bool program_count_step(const program_seat *seat, const program_step *s)
{
    program_run *const run = seat->run;
    const int64_t units = 1 + s->variant / 2;
    switch (s->kind) {
    case PROGRAM_ADD:
        weft_waitgroup_add(&run->group, 1);
        return true;
    case PROGRAM_DONE:
        weft_waitgroup_done(&run->group);
        return true;
    case PROGRAM_WAIT:
        weft_waitgroup_wait(&run->group);
        return true;
    case PROGRAM_ONCE:
        weft_once_do(&run->once, program_first, run);
        program_note(seat, run->of_once);
        return true;
    case PROGRAM_ONCE_SEND:
        weft_once_do(&run->once_send, program_first_sends, run);
        program_note(seat, run->of_once_send);
        return true;
    case PROGRAM_ACQUIRE:
        weft_sema_acquire(&run->sema, units);
        run->held[seat->g] += units;
        return true;
    case PROGRAM_TRY_ACQUIRE:
    case PROGRAM_ACQUIRE_UNTIL: {
        const bool got =
            s->kind == PROGRAM_TRY_ACQUIRE
                ? weft_sema_try_acquire(&run->sema, units)
                : weft_sema_acquire_until(&run->sema, units, weft_now() + PROGRAM_TIMER_NS) == 0;
        run->held[seat->g] += got ? units : 0;
        program_note(seat, got);
        return true;
    }
    case PROGRAM_RELEASE: {
        const int64_t n = run->held[seat->g] < units ? run->held[seat->g] : units;
        run->held[seat->g] -= n;
        weft_sema_release(&run->sema, n);
        program_note(seat, n);
        return true;
    }
    default:
        return false;
    }
}

/* ---- Steps with time and contexts ---- */

static inline void program_callback_sends(void *arg)
{
    const program_seat *const seat = arg;
    const int value = 900 + (int)seat->g;
    program_note_in(&seat->run->logs[PROGRAM_GOROUTINES_MAX + seat->g],
                    weft_chan_try_send(seat->run->channels[0], &value));
}

static inline void program_callback(void *arg)
{
    const program_seat *const seat = arg;
    if (weft_try(program_callback_sends, arg, NULL) != 0) {
        program_note_in(&seat->run->logs[PROGRAM_GOROUTINES_MAX + seat->g], -1);
    }
    weft_waitgroup_done(&seat->run->called[seat->g]);
}

static inline void program_func_step(program_seat *seat, const program_step *s)
{
    weft_timer **const func = &seat->run->funcs[seat->g];
    weft_waitgroup *const called = &seat->run->called[seat->g];
    if (s->kind == PROGRAM_AFTER_FUNC && *func == NULL) {
        weft_waitgroup_add(called, 1);
        *func = weft_timer_after_func(PROGRAM_TIMER_NS, program_callback, seat);
    } else if (s->kind == PROGRAM_FUNC_STOP && *func != NULL) {
        const bool stopped = weft_timer_stop(*func);
        program_note(seat, stopped);
        if (stopped) {
            weft_waitgroup_done(called);
        }
    }
}

static inline bool program_time_step(program_seat *seat, const program_step *s)
{
    program_run *const run = seat->run;
    const bool whole = run->program->whole;
    const int64_t duration_ns = whole ? program_duration(s) : s->variant * 10;
    switch (s->kind) {
    case PROGRAM_SLEEP:
        weft_sleep(duration_ns);
        if (!whole) {
            program_note(seat, weft_now());
        }
        return true;
    case PROGRAM_AFTER:
        (void)program_receive_or(seat, s, weft_after(duration_ns));
        return true;
    case PROGRAM_TIMER_STOP:
        program_note(seat, weft_timer_stop(run->timer));
        return true;
    case PROGRAM_TIMER_RESET:
        program_note(seat, weft_timer_reset(run->timer, PROGRAM_TIMER_NS));
        return true;
    case PROGRAM_TIMER_RECEIVE:
        (void)program_receive_or(seat, s, weft_timer_chan(run->timer));
        return true;
    case PROGRAM_AFTER_FUNC:
    case PROGRAM_FUNC_STOP:
        program_func_step(seat, s);
        return true;
    default:
        return false;
    }
}

/* A group of two: one waits for a value or the end, the other sends, or fails. */
typedef struct program_task {
    weft_context *context;
    weft_chan *ch;
    bool fails;
} program_task;

static inline int program_task_receives(void *arg)
{
    const program_task *const task = arg;
    weft_case cases[] = {WEFT_RECV(weft_context_done(task->context), NULL),
                         WEFT_RECV(task->ch, NULL)};
    return weft_select(cases, 2) == 0 ? weft_context_err(task->context) : 0;
}

static inline int program_task_sends(void *arg)
{
    const program_task *const task = arg;
    const int value = 88;
    return task->fails ? -7 : weft_chan_try_send(task->ch, &value);
}

static inline void program_group(const program_seat *seat, const program_step *s)
{
    weft_group group = {{0}};
    program_task task = {.context = weft_group_with_context(&group, seat->run->context),
                         .ch = seat->run->channels[s->channel],
                         .fails = (s->variant & 1) != 0};
    (void)weft_group_go(&group, program_task_receives, &task);
    (void)weft_group_go(&group, program_task_sends, &task);
    program_note(seat, weft_group_wait(&group));
}

static inline bool program_context_step(const program_seat *seat, const program_step *s)
{
    weft_context *const context = seat->run->context;
    switch (s->kind) {
    case PROGRAM_CANCEL:
        weft_context_cancel(context);
        return true;
    case PROGRAM_ERROR:
        program_note(seat, weft_context_err(context));
        return true;
    case PROGRAM_DONE_OR_RECEIVE:
        (void)program_receive_or(seat, s, weft_context_done(context));
        return true;
    case PROGRAM_CHILD: {
        weft_context *const inner = (s->variant & 1) != 0
                                        ? weft_context_with_timeout(context, PROGRAM_TIMER_NS)
                                        : weft_context_with_cancel(context);
        (void)program_receive_or(seat, s, weft_context_done(inner));
        program_note(seat, weft_context_err(inner));
        weft_context_release(inner);
        return true;
    }
    case PROGRAM_GROUP:
        program_group(seat, s);
        return true;
    default:
        return false;
    }
}

/* ---- Other steps ---- */

static inline void program_deferred(void *seat)
{
    program_say(seat, "d");
}

static inline void program_block(void *arg)
{
    const program_seat *const seat = arg;
    if (seat->run->disturb != NULL) {
        seat->run->disturb(seat->run, seat->g, true);
    }
}

static inline void program_variable_step(const program_seat *seat, const program_step *s)
{
    int *const variable = &seat->run->variable;
    const int mine = (int)seat->g + 1;
    int found = 0;
    switch (s->kind) {
    case PROGRAM_WRITE:
        weft_point_write(variable, sizeof *variable);
        __atomic_store_n(variable, mine, __ATOMIC_SEQ_CST);
        break;
    case PROGRAM_READ:
        weft_point_read(variable, sizeof *variable);
        program_note(seat, __atomic_load_n(variable, __ATOMIC_SEQ_CST));
        break;
    default:
        weft_point_update(variable, sizeof *variable);
        (void)__atomic_compare_exchange_n(variable, &found, mine, false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_SEQ_CST);
        program_note(seat, found == 0 ? mine : found);
        break;
    }
}

static inline void program_other_step(program_seat *seat, const program_step *s)
{
    switch (s->kind) {
    case PROGRAM_CHOOSE:
        program_note(seat, weft_choose(2));
        break;
    case PROGRAM_WRITE:
    case PROGRAM_READ:
    case PROGRAM_UPDATE:
        program_variable_step(seat, s);
        break;
    case PROGRAM_PANIC:
        if (s->variant == 0) {
            weft_panic("planned");
        }
        break;
    case PROGRAM_YIELD:
        weft_yield();
        break;
    case PROGRAM_SPAWN:
    case PROGRAM_WAITED_SPAWN:
        program_spawn(seat, s);
        break;
    case PROGRAM_DEFER:
        weft_defer(program_deferred, seat);
        break;
    case PROGRAM_EXIT:
        weft_exit();
    case PROGRAM_BLOCKING:
        weft_blocking(program_block, seat);
        break;
    default:
        break;
    }
}

/* ---- Goroutines ---- */

static inline void program_next_step(program_seat *seat);

static inline void program_step_around(program_seat *seat, const program_step *s)
{
    program_run *const run = seat->run;
    if (s->kind == PROGRAM_LOCK_AROUND) {
        weft_mutex_lock(&run->mutex);
        program_count_under(seat, &run->of_mutex);
        program_next_step(seat);
        weft_mutex_unlock(&run->mutex);
    } else {
        weft_rwmutex_rlock(&run->rwmutex);
        program_note(seat, run->of_rwmutex);
        program_next_step(seat);
        weft_rwmutex_runlock(&run->rwmutex);
    }
}

static inline void program_do(void *arg)
{
    program_seat *const seat = arg;
    const uint32_t i = seat->next++;
    const program_step *const s = &seat->run->program->step[seat->g][i];
    if (s->kind == PROGRAM_LOCK_AROUND || s->kind == PROGRAM_READ_LOCK_AROUND) {
        program_step_around(seat, s);
    } else if (!program_channel_step(seat, s, (int)(10 * seat->g + i)) &&
               !program_lock_step(seat, s) && !program_count_step(seat, s) &&
               !program_time_step(seat, s) && !program_context_step(seat, s)) {
        program_other_step(seat, s);
    }
    program_say(seat, ".");
}

/* The next step, if there is one. */
static inline void program_next_step(program_seat *seat)
{
    const program_run *const run = seat->run;
    weft_panic_info info;
    if (seat->next == run->program->steps[seat->g]) {
        return;
    }
    if (run->disturb != NULL) {
        run->disturb(seat->run, seat->g, false);
    }
    program_say(seat, " ");
    if (!run->program->whole) {
        program_do(seat);
    } else if (weft_try(program_do, seat, &info) != 0) {
        program_say(seat, info.message);
    }
}

static inline void program_goroutine(void *arg)
{
    program_seat *const seat = arg;
    weft_defer(program_end, seat);
    while (seat->next < seat->run->program->steps[seat->g]) {
        program_next_step(seat);
    }
}

/* ---- The run ---- */

/* Make the objects and start the goroutines. [goroutine]
 * Everything in `run` is zero but program, disturb and logs; the logs' lengths are zero. */
static inline void program_start(program_run *run)
{
    const program *const p = run->program;
    for (uint32_t g = 0; g < p->goroutines; g++) {
        run->seats[g] = (program_seat){.run = run, .g = g};
    }
    for (int i = 0; i < PROGRAM_CHANNELS; i++) {
        run->channels[i] = weft_chan_make(sizeof(int), p->capacity[i]);
    }
    run->sema = WEFT_SEMA(PROGRAM_UNITS);
    run->context = p->timed ? weft_context_with_timeout(NULL, PROGRAM_TIMER_NS)
                            : weft_context_with_cancel(NULL);
    if (p->whole && p->done_count != 0) {
        weft_waitgroup_add(&run->group, p->done_count);
    }
    if (program_uses(p, PROGRAM_TIMER_STOP) || program_uses(p, PROGRAM_TIMER_RESET) ||
        program_uses(p, PROGRAM_TIMER_RECEIVE)) {
        run->timer = weft_timer_make(PROGRAM_TIMER_NS);
    }
    for (uint32_t g = 0; g < p->started; g++) {
        program_begin_one(run);
        (void)weft_go(program_goroutine, &run->seats[g]);
    }
}

/* What the goroutines saw, one after the other, and what they left. Zero-terminated. */
static inline void program_outcome(program_run *run, char text[PROGRAM_OUTCOME_SIZE])
{
    size_t size = 0;
    for (uint32_t i = 0; i < PROGRAM_LOGS; i++) {
        const program_log *const log = &run->logs[i];
        const uint32_t length = __atomic_load_n(&log->length, __ATOMIC_ACQUIRE);
        memcpy(text + size, log->text, length);
        size += length;
        text[size++] = '|';
    }
    (void)snprintf(text + size, PROGRAM_OUTCOME_SIZE - size, "%d %d %d %d",
                   __atomic_load_n(&run->variable, __ATOMIC_SEQ_CST), run->of_mutex,
                   run->of_rwmutex, run->of_cond);
}

#endif
