/* programs.h: small random programs over all kinds of objects, made from a number; and what their
 * goroutines saw, as a digest that does not depend on the order of independent steps. */
#ifndef WEFT_TESTS_PROGRAMS_H
#define WEFT_TESTS_PROGRAMS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <weft.h>

enum { PROGRAM_GOROUTINES_MAX = 4, PROGRAM_STEPS_MAX = 4, PROGRAM_CHANNELS = 2 };

typedef enum program_kind {
    PROGRAM_SEND,
    PROGRAM_RECEIVE,
    PROGRAM_TRY_SEND,
    PROGRAM_TRY_RECEIVE,
    PROGRAM_CLOSE,
    PROGRAM_LENGTH,
    PROGRAM_SELECT,
    PROGRAM_SELECT_DEFAULT,
    PROGRAM_LOCK, /* and the next step, and unlock */
    PROGRAM_TRY_LOCK,
    PROGRAM_READ_LOCK,
    PROGRAM_WRITE_LOCK,
    PROGRAM_COND_WAIT,
    PROGRAM_SIGNAL,
    PROGRAM_BROADCAST,
    PROGRAM_ADD,
    PROGRAM_DONE,
    PROGRAM_WAIT,
    PROGRAM_ONCE,
    PROGRAM_ACQUIRE,
    PROGRAM_CHOOSE,
    PROGRAM_WRITE,
    PROGRAM_READ,
    PROGRAM_UPDATE,
    PROGRAM_PANIC,
    PROGRAM_SLEEP,
    PROGRAM_AFTER,
    PROGRAM_YIELD,
    PROGRAM_CANCEL,
    PROGRAM_DONE_OR_RECEIVE,
    PROGRAM_KINDS,
} program_kind;

typedef struct program_step {
    program_kind kind;
    uint8_t channel;
    uint8_t variant;
} program_step;

typedef struct program {
    uint32_t goroutines;
    uint32_t steps[PROGRAM_GOROUTINES_MAX];
    uint8_t capacity[PROGRAM_CHANNELS];
    program_step step[PROGRAM_GOROUTINES_MAX][PROGRAM_STEPS_MAX];
} program;

/* What runs now; set between explorations, so it is put back to the same before each run. */
static program program_now;

/* The state of one run: put back before each. */
static struct {
    weft_chan *channels[PROGRAM_CHANNELS];
    weft_mutex mutex;
    weft_rwmutex rwmutex;
    weft_cond cond;
    weft_mutex cond_mutex;
    weft_waitgroup group;
    weft_once once;
    weft_context *context;
    int variable;
    int of_mutex; /* these: only touched under what they are named after */
    int of_rwmutex;
    int of_cond;
    int of_once;
} program_world;

/* What the goroutines saw in the last run. The simulator does not put it back. */
static uint64_t program_seen[PROGRAM_GOROUTINES_MAX]
    __attribute__((section("weft_keep"), used)) = {0};

static inline uint64_t program_random(uint64_t *state, uint32_t below)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % below;
}

/* Each program uses a few kinds only, so that its goroutines meet. */
static inline void program_make(uint64_t number)
{
    uint64_t state = number * 7919 + 1;
    program_kind kinds[4];
    program p = {.goroutines = 2 + (uint32_t)program_random(&state, 2)};
    for (int i = 0; i < 4; i++) {
        kinds[i] = (program_kind)program_random(&state, PROGRAM_KINDS);
    }
    for (int i = 0; i < PROGRAM_CHANNELS; i++) {
        p.capacity[i] = (uint8_t)program_random(&state, 3);
    }
    for (uint32_t g = 0; g < p.goroutines; g++) {
        p.steps[g] = 1 + (uint32_t)program_random(&state, p.goroutines == 2 ? 4 : 3);
        for (uint32_t i = 0; i < p.steps[g]; i++) {
            p.step[g][i] = (program_step){.kind = kinds[program_random(&state, 4)],
                                          .channel = (uint8_t)program_random(&state, 2),
                                          .variant = (uint8_t)program_random(&state, 4)};
        }
    }
    program_now = p;
}

static inline void program_note(uint32_t g, uint64_t what)
{
    program_seen[g] = (program_seen[g] ^ (what + 1)) * UINT64_C(0x100000001b3) + 7;
}

static inline void program_select(uint32_t g, const program_step *s, int value, bool polls)
{
    int in[2] = {-1, -1};
    weft_chan *const first = program_world.channels[s->channel];
    weft_chan *const second = program_world.channels[1 - s->channel];
    weft_case cases[] = {
        (s->variant & 1) != 0 ? WEFT_SEND(first, &value) : WEFT_RECV(first, &in[0]),
        (s->variant & 2) != 0 ? WEFT_SEND(second, &value) : WEFT_RECV(second, &in[1]),
        WEFT_DEFAULT,
    };
    const size_t chosen = weft_select(cases, polls ? 3 : 2);
    program_note(g, chosen);
    program_note(g, (uint64_t)(in[0] + 10 * in[1]));
}

static inline void program_first(void *arg)
{
    (void)arg;
    program_world.of_once++;
}

static inline void program_channel_step(uint32_t g, const program_step *s, int value)
{
    weft_chan *const ch = program_world.channels[s->channel];
    int in = -1;
    switch (s->kind) {
    case PROGRAM_SEND:
        weft_chan_send(ch, &value);
        break;
    case PROGRAM_RECEIVE:
        program_note(g, weft_chan_recv(ch, &in) ? 1 : 0);
        break;
    case PROGRAM_TRY_SEND:
        program_note(g, (uint64_t)weft_chan_try_send(ch, &value));
        break;
    case PROGRAM_TRY_RECEIVE:
        program_note(g, (uint64_t)weft_chan_try_recv(ch, &in));
        break;
    case PROGRAM_CLOSE:
        weft_chan_close(ch);
        break;
    case PROGRAM_LENGTH:
        program_note(g, weft_chan_len(ch));
        break;
    default:
        program_select(g, s, value, s->kind == PROGRAM_SELECT_DEFAULT);
        break;
    }
    program_note(g, (uint64_t)in);
}

static inline void program_lock_step(uint32_t g, const program_step *s)
{
    switch (s->kind) {
    case PROGRAM_LOCK:
        weft_mutex_lock(&program_world.mutex);
        program_note(g, (uint64_t)program_world.of_mutex++);
        weft_mutex_unlock(&program_world.mutex);
        break;
    case PROGRAM_TRY_LOCK:
        if (weft_mutex_try_lock(&program_world.mutex)) {
            program_note(g, (uint64_t)program_world.of_mutex++);
            weft_mutex_unlock(&program_world.mutex);
        }
        break;
    case PROGRAM_READ_LOCK:
        weft_rwmutex_rlock(&program_world.rwmutex);
        program_note(g, (uint64_t)program_world.of_rwmutex);
        weft_rwmutex_runlock(&program_world.rwmutex);
        break;
    case PROGRAM_WRITE_LOCK:
        weft_rwmutex_lock(&program_world.rwmutex);
        program_note(g, (uint64_t)program_world.of_rwmutex++);
        weft_rwmutex_unlock(&program_world.rwmutex);
        break;
    case PROGRAM_COND_WAIT:
        weft_mutex_lock(&program_world.cond_mutex);
        weft_cond_wait(&program_world.cond, &program_world.cond_mutex);
        program_note(g, (uint64_t)program_world.of_cond);
        weft_mutex_unlock(&program_world.cond_mutex);
        break;
    case PROGRAM_SIGNAL:
        weft_mutex_lock(&program_world.cond_mutex);
        program_world.of_cond++;
        weft_cond_signal(&program_world.cond);
        weft_mutex_unlock(&program_world.cond_mutex);
        break;
    case PROGRAM_BROADCAST:
        weft_cond_broadcast(&program_world.cond);
        break;
    default:
        break;
    }
}

static inline void program_other_step(uint32_t g, const program_step *s)
{
    switch (s->kind) {
    case PROGRAM_ADD:
        weft_waitgroup_add(&program_world.group, 1);
        break;
    case PROGRAM_DONE:
        weft_waitgroup_done(&program_world.group);
        break;
    case PROGRAM_WAIT:
        weft_waitgroup_wait(&program_world.group);
        break;
    case PROGRAM_ONCE:
        weft_once_do(&program_world.once, program_first, NULL);
        program_note(g, (uint64_t)program_world.of_once);
        break;
    case PROGRAM_CHOOSE:
        program_note(g, weft_choose(2));
        break;
    case PROGRAM_WRITE:
        WEFT_WRITE(program_world.variable, (int)g);
        break;
    case PROGRAM_READ:
        program_note(g, (uint64_t)WEFT_READ(program_world.variable));
        break;
    case PROGRAM_UPDATE:
        weft_point_update(&program_world.variable, sizeof program_world.variable);
        program_world.variable = program_world.variable == 0 ? (int)g + 1 : program_world.variable;
        program_note(g, (uint64_t)program_world.variable);
        break;
    case PROGRAM_PANIC:
        if (s->variant == 0) {
            weft_panic("planned");
        }
        break;
    case PROGRAM_SLEEP:
        weft_sleep(s->variant * 10);
        program_note(g, (uint64_t)weft_now());
        break;
    case PROGRAM_AFTER: {
        weft_chan *const after = weft_after(s->variant * 10);
        weft_case cases[] = {WEFT_RECV(after, NULL),
                             WEFT_RECV(program_world.channels[s->channel], NULL)};
        program_note(g, weft_select(cases, 2));
        break;
    }
    case PROGRAM_YIELD:
        weft_yield();
        break;
    case PROGRAM_CANCEL:
        weft_context_cancel(program_world.context);
        break;
    case PROGRAM_DONE_OR_RECEIVE: {
        weft_case cases[] = {WEFT_RECV(weft_context_done(program_world.context), NULL),
                             WEFT_RECV(program_world.channels[s->channel], NULL)};
        program_note(g, weft_select(cases, 2));
        break;
    }
    default:
        break;
    }
}

static inline void program_goroutine(void *arg)
{
    const uint32_t g = (uint32_t)(uintptr_t)arg;
    for (uint32_t i = 0; i < program_now.steps[g]; i++) {
        const program_step *const s = &program_now.step[g][i];
        if (s->kind <= PROGRAM_SELECT_DEFAULT) {
            program_channel_step(g, s, (int)(10 * g + i));
        } else if (s->kind <= PROGRAM_BROADCAST) {
            program_lock_step(g, s);
        } else {
            program_other_step(g, s);
        }
        program_note(g, i);
    }
}

static inline void program_main(void *arg)
{
    (void)arg;
    memset(program_seen, 0, sizeof program_seen);
    for (int i = 0; i < PROGRAM_CHANNELS; i++) {
        program_world.channels[i] = weft_chan_make(sizeof(int), program_now.capacity[i]);
    }
    program_world.context = weft_context_with_cancel(NULL);
    for (uint32_t g = 0; g < program_now.goroutines; g++) {
        weft_go(program_goroutine, (void *)(uintptr_t)g);
    }
}

/* What the last run came to: what each goroutine saw, and the verdict. */
static inline uint64_t program_outcome(uint64_t verdict)
{
    uint64_t digest = verdict + 1;
    for (uint32_t g = 0; g < program_now.goroutines; g++) {
        digest = digest * UINT64_C(0x9e3779b97f4a7c15) ^ program_seen[g];
    }
    return digest;
}

static inline bool program_uses(program_kind kind)
{
    for (uint32_t g = 0; g < program_now.goroutines; g++) {
        for (uint32_t i = 0; i < program_now.steps[g]; i++) {
            if (program_now.step[g][i].kind == kind) {
                return true;
            }
        }
    }
    return false;
}

static inline void program_print(void)
{
    static const char *const names[] = {
        "send",      "receive",        "try send",  "try receive", "close",     "length",
        "select",    "select/default", "lock",      "try lock",    "read lock", "write lock",
        "cond wait", "signal",         "broadcast", "add",         "done",      "wait",
        "once",      "acquire",        "choose",    "write",       "read",      "update",
        "panic",     "sleep",          "after",     "yield",       "cancel",    "done or receive",
    };
    for (uint32_t g = 0; g < program_now.goroutines; g++) {
        printf("  goroutine %u:", g);
        for (uint32_t i = 0; i < program_now.steps[g]; i++) {
            const program_step *const s = &program_now.step[g][i];
            printf(" %s(%u, %u);", names[s->kind], s->channel, s->variant);
        }
        printf("\n");
    }
    printf("  capacities %u %u\n", program_now.capacity[0], program_now.capacity[1]);
}

#endif
