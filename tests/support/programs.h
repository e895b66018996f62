/* programs.h: small random programs over all kinds of objects, made from a number.
 *
 * A program is data: what each of its goroutines does, step by step. program_steps.h executes it,
 * with either backend. */
#ifndef WEFT_TESTS_PROGRAMS_H
#define WEFT_TESTS_PROGRAMS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
    PROGRAM_STARTED_MAX = 4, /* goroutines that main starts */
    PROGRAM_NESTED_MAX = 2,  /* and that others start */
    PROGRAM_GOROUTINES_MAX = PROGRAM_STARTED_MAX + PROGRAM_NESTED_MAX,
    PROGRAM_STEPS_MAX = 4,
    PROGRAM_CHANNELS = 2,
    PROGRAM_PALETTE = 6, /* kinds of steps in one program, so that its goroutines meet */
};

/* The first group is what programs consist of that end by a panic and tell the time. */
#define PROGRAM_KIND_LIST(X)                                                                       \
    X(SEND, "send")                                                                                \
    X(RECEIVE, "receive")                                                                          \
    X(TRY_SEND, "try send")                                                                        \
    X(TRY_RECEIVE, "try receive")                                                                  \
    X(CLOSE, "close")                                                                              \
    X(LENGTH, "length")                                                                            \
    X(SELECT, "select")                                                                            \
    X(SELECT_DEFAULT, "select/default")                                                            \
    X(LOCK, "lock")                                                                                \
    X(TRY_LOCK, "try lock")                                                                        \
    X(READ_LOCK, "read lock")                                                                      \
    X(WRITE_LOCK, "write lock")                                                                    \
    X(COND_WAIT, "cond wait")                                                                      \
    X(SIGNAL, "signal")                                                                            \
    X(BROADCAST, "broadcast")                                                                      \
    X(ADD, "add")                                                                                  \
    X(DONE, "done")                                                                                \
    X(WAIT, "wait")                                                                                \
    X(ONCE, "once")                                                                                \
    X(ACQUIRE, "acquire")                                                                          \
    X(CHOOSE, "choose")                                                                            \
    X(WRITE, "write")                                                                              \
    X(READ, "read")                                                                                \
    X(UPDATE, "update")                                                                            \
    X(PANIC, "panic")                                                                              \
    X(SLEEP, "sleep")                                                                              \
    X(AFTER, "after")                                                                              \
    X(YIELD, "yield")                                                                              \
    X(CANCEL, "cancel")                                                                            \
    X(DONE_OR_RECEIVE, "done or receive")                                                          \
    X(RELEASE, "release")                                                                          \
    X(TRY_ACQUIRE, "try acquire")                                                                  \
    X(ACQUIRE_UNTIL, "acquire until")                                                              \
    X(SEND_UNTIL, "send until")                                                                    \
    X(RECEIVE_UNTIL, "receive until")                                                              \
    X(SELECT_UNTIL, "select/until")                                                                \
    X(TRY_READ_LOCK, "try read lock")                                                              \
    X(TRY_WRITE_LOCK, "try write lock")                                                            \
    X(LOCK_AROUND, "lock around")                                                                  \
    X(READ_LOCK_AROUND, "read lock around")                                                        \
    X(COND_LOOP, "cond loop")                                                                      \
    X(ONCE_SEND, "once send")                                                                      \
    X(ERROR, "context error")                                                                      \
    X(CHILD, "child context")                                                                      \
    X(GROUP, "group")                                                                              \
    X(TIMER_STOP, "timer stop")                                                                    \
    X(TIMER_RESET, "timer reset")                                                                  \
    X(TIMER_RECEIVE, "timer or receive")                                                           \
    X(AFTER_FUNC, "after func")                                                                    \
    X(FUNC_STOP, "stop func")                                                                      \
    X(SPAWN, "go")                                                                                 \
    X(WAITED_SPAWN, "wait group go")                                                               \
    X(DEFER, "defer")                                                                              \
    X(EXIT, "exit")                                                                                \
    X(BLOCKING, "blocking")

typedef enum program_kind {
#define X(name, text) PROGRAM_##name,
    PROGRAM_KIND_LIST(X)
#undef X
        PROGRAM_KINDS,
    PROGRAM_KINDS_BASIC = PROGRAM_RELEASE, /* those of the first group */
} program_kind;

typedef struct program_step {
    program_kind kind;
    uint8_t channel;
    uint8_t variant; /* spawn: which of the nested goroutines */
} program_step;

typedef struct program {
    uint64_t number;
    bool whole; /* all kinds; panics are recovered, the time is not told, all timers take as long */
    bool timed; /* the context has a deadline */
    uint32_t started;
    uint32_t goroutines; /* with the nested ones, which come last */
    uint32_t done_count; /* steps that subtract from the wait group */
    uint32_t steps[PROGRAM_GOROUTINES_MAX];
    uint8_t capacity[PROGRAM_CHANNELS];
    program_step step[PROGRAM_GOROUTINES_MAX][PROGRAM_STEPS_MAX];
} program;

static inline uint64_t program_random(uint64_t *state, uint32_t below)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % below;
}

/* A program of the first group of kinds, none of which is recovered from. */
static inline program program_make_basic(uint64_t number)
{
    uint64_t state = number * 7919 + 1;
    program_kind kinds[4];
    program p = {.number = number, .started = 2 + (uint32_t)program_random(&state, 2)};
    p.goroutines = p.started;
    for (int i = 0; i < 4; i++) {
        kinds[i] = (program_kind)program_random(&state, PROGRAM_KINDS_BASIC);
    }
    for (int i = 0; i < PROGRAM_CHANNELS; i++) {
        p.capacity[i] = (uint8_t)program_random(&state, 3);
    }
    for (uint32_t g = 0; g < p.started; g++) {
        p.steps[g] = 1 + (uint32_t)program_random(&state, p.started == 2 ? 4 : 3);
        for (uint32_t i = 0; i < p.steps[g]; i++) {
            p.step[g][i] = (program_step){.kind = kinds[program_random(&state, 4)],
                                          .channel = (uint8_t)program_random(&state, 2),
                                          .variant = (uint8_t)program_random(&state, 4)};
        }
    }
    return p;
}

/* Who ends the waiting of this kind of step; or the kind itself. */
static inline program_kind program_partner(program_kind kind)
{
    switch (kind) {
    case PROGRAM_SEND:
    case PROGRAM_SEND_UNTIL:
    case PROGRAM_TRY_SEND:
    case PROGRAM_ONCE_SEND:
    case PROGRAM_AFTER_FUNC:
        return PROGRAM_RECEIVE;
    case PROGRAM_RECEIVE:
    case PROGRAM_RECEIVE_UNTIL:
    case PROGRAM_TRY_RECEIVE:
    case PROGRAM_SELECT:
    case PROGRAM_SELECT_UNTIL:
    case PROGRAM_AFTER:
    case PROGRAM_GROUP:
    case PROGRAM_CLOSE:
        return PROGRAM_SEND;
    case PROGRAM_COND_WAIT:
    case PROGRAM_COND_LOOP:
        return PROGRAM_SIGNAL;
    case PROGRAM_WAIT:
        return PROGRAM_DONE;
    case PROGRAM_DONE:
    case PROGRAM_WAITED_SPAWN:
        return PROGRAM_WAIT;
    case PROGRAM_ACQUIRE:
    case PROGRAM_ACQUIRE_UNTIL:
        return PROGRAM_RELEASE;
    case PROGRAM_RELEASE:
        return PROGRAM_ACQUIRE;
    case PROGRAM_DONE_OR_RECEIVE:
    case PROGRAM_CHILD:
        return PROGRAM_CANCEL;
    case PROGRAM_FUNC_STOP:
        return PROGRAM_AFTER_FUNC;
    case PROGRAM_TIMER_STOP:
    case PROGRAM_TIMER_RESET:
        return PROGRAM_TIMER_RECEIVE;
    default:
        return kind;
    }
}

/* A nested goroutine is started once and starts none. */
static inline program_step program_draw_step(program *p, uint64_t *state, const program_kind *kinds,
                                             uint32_t g)
{
    program_step s = {.kind = kinds[program_random(state, PROGRAM_PALETTE)],
                      .channel = (uint8_t)program_random(state, PROGRAM_CHANNELS),
                      .variant = (uint8_t)program_random(state, 4)};
    if (s.kind == PROGRAM_SPAWN || s.kind == PROGRAM_WAITED_SPAWN) {
        if (g >= p->started || p->goroutines == p->started + PROGRAM_NESTED_MAX) {
            s.kind = PROGRAM_YIELD;
        } else {
            s.variant = (uint8_t)p->goroutines++;
        }
    }
    p->done_count += s.kind == PROGRAM_DONE ? 1 : 0;
    return s;
}

/* A program of all kinds of steps. Its panics are recovered. */
static inline program program_make_whole(uint64_t number)
{
    uint64_t state = number * 104729 + 3;
    program_kind kinds[PROGRAM_PALETTE];
    program p = {.number = number, .whole = true, .timed = program_random(&state, 3) == 0};
    p.started = 2 + (uint32_t)program_random(&state, PROGRAM_STARTED_MAX - 1);
    p.goroutines = p.started;
    for (int i = 0; i < PROGRAM_PALETTE; i += 2) {
        kinds[i] = (program_kind)program_random(&state, PROGRAM_KINDS);
        kinds[i + 1] = program_random(&state, 3) == 0
                           ? (program_kind)program_random(&state, PROGRAM_KINDS)
                           : program_partner(kinds[i]);
    }
    for (int i = 0; i < PROGRAM_CHANNELS; i++) {
        p.capacity[i] = (uint8_t)program_random(&state, 3);
    }
    for (uint32_t g = 0; g < p.goroutines; g++) {
        const uint32_t longest = g >= p.started ? 2 : p.started == 2 ? PROGRAM_STEPS_MAX : 3;
        p.steps[g] = 1 + (uint32_t)program_random(&state, longest);
        for (uint32_t i = 0; i < p.steps[g]; i++) {
            p.step[g][i] = program_draw_step(&p, &state, kinds, g);
        }
    }
    return p;
}

static inline bool program_uses(const program *p, program_kind kind)
{
    for (uint32_t g = 0; g < p->goroutines; g++) {
        for (uint32_t i = 0; i < p->steps[g]; i++) {
            if (p->step[g][i].kind == kind) {
                return true;
            }
        }
    }
    return false;
}

static inline void program_print(const program *p, FILE *to)
{
    static const char *const names[] = {
#define X(name, text) text,
        PROGRAM_KIND_LIST(X)
#undef X
    };
    for (uint32_t g = 0; g < p->goroutines; g++) {
        (void)fprintf(to, "  %s %u:", g < p->started ? "goroutine" : "nested", g);
        for (uint32_t i = 0; i < p->steps[g]; i++) {
            const program_step *const s = &p->step[g][i];
            (void)fprintf(to, " %s(%u, %u);", names[s->kind], s->channel, s->variant);
        }
        (void)fprintf(to, "\n");
    }
    (void)fprintf(to, "  capacities %u %u%s\n", p->capacity[0], p->capacity[1],
                  p->timed ? ", a context with a deadline" : "");
}

#endif
