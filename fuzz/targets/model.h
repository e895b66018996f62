/* model.h: whether what goroutines saw of an object can be explained by a sequential model of it.
 *
 * A target notes each operation when it begins and when it returns, with what it returned. A model
 * says what an operation does when it is tried in a state: it completes, or its goroutine waits
 * until the operation of another one completes it. model_check looks for an order of the tries that
 * gives what was returned: each between its operation's beginning and return, and before the moment
 * at which its goroutine was seen to wait.
 *
 * INVARIANTS
 *   - A state is plain bytes, a multiple of eight, with model_head first; equal states have equal
 *     bytes.
 *   - An operation that waits is completed by another one's try, by its own expiry, or goes into
 *     its next phase, which is tried as another step. */
#ifndef WEFT_FUZZ_TARGETS_MODEL_H
#define WEFT_FUZZ_TARGETS_MODEL_H

#include <weft.h>

#include <errno.h>
#include <string.h>

enum {
    MODEL_GOROUTINES = 4,
    MODEL_OPS = 16, /* of a goroutine */
    MODEL_STATE = 512,
    MODEL_DEPTH = 3 * MODEL_GOROUTINES * MODEL_OPS,
    MODEL_STEPS = 100000, /* then nothing is said */
    MODEL_SEEN = 1024,
};

typedef struct model_head {
    uint8_t next[MODEL_GOROUTINES]; /* operations completed */
    uint8_t phase[MODEL_GOROUTINES];
    bool waits[MODEL_GOROUTINES];
    bool wrong; /* something was completed that returned another thing */
} model_head;

typedef struct model_call {
    int result;
    uint32_t called;
    uint32_t tried; /* by then; UINT32_MAX: not known */
    uint32_t returned;
} model_call;

typedef struct model_spec {
    size_t state_size;
    void (*try)(void *state, int g, int i);    /* goroutine g's operation i */
    void (*expire)(void *state, int g, int i); /* it waits, and has returned -ETIMEDOUT */
} model_spec;

static struct {
    const model_spec *spec;
    uint32_t clock;
    uint32_t steps;
    uint32_t outside; /* goroutines that may wait elsewhere */
    bool calls_now[MODEL_GOROUTINES];
    uint8_t counts[MODEL_GOROUTINES];
    model_call calls[MODEL_GOROUTINES][MODEL_OPS];
    uint64_t states[MODEL_DEPTH][MODEL_STATE / 8];
    uint64_t seen[MODEL_SEEN]; /* hashes of states that lead nowhere */
    uint64_t salt;             /* of this check */
} model;

/* ---- For targets ---- */

static inline void model_begin(const model_spec *spec)
{
    model.spec = spec;
    model.clock = 1;
    model.steps = 0;
    model.outside = 1; /* main, for the others */
    memset(model.calls_now, 0, sizeof model.calls_now);
    model.salt += UINT64_C(0xd1342543de82ef95); /* what earlier checks saw is not looked up */
    memset(model.counts, 0, sizeof model.counts);
}

static inline bool model_full(int g)
{
    return model.counts[g] == MODEL_OPS;
}

/* Where as many goroutines wait as are in calls, with those outside, they have tried. */
static inline void model_look_around(void)
{
    weft_stats stats;
    uint32_t calling = 0;
    for (int g = 0; g < MODEL_GOROUTINES; g++) {
        calling += model.calls_now[g] ? 1 : 0;
    }
    weft_stats_read(&stats);
    if (stats.goroutines - stats.goroutines_runnable - 1 < calling + model.outside) {
        return;
    }
    for (int g = 0; g < MODEL_GOROUTINES; g++) {
        model_call *const call = &model.calls[g][model.counts[g]];
        if (model.calls_now[g] && call->tried == UINT32_MAX) {
            call->tried = model.clock;
        }
    }
}

static inline void model_call_begins(int g)
{
    WEFT_ASSERT(!model_full(g));
    model_look_around();
    model.calls_now[g] = true;
    model.calls[g][model.counts[g]] = (model_call){.called = model.clock++, .tried = UINT32_MAX};
}

static inline void model_call_returns(int g, int result)
{
    model_call *const call = &model.calls[g][model.counts[g]++];
    model.calls_now[g] = false;
    call->result = result;
    call->returned = model.clock++;
}

/* ---- For models ---- */

static inline int model_observed(int g, int i)
{
    return model.calls[g][i].result;
}

static inline void model_complete(void *state, int g, int result)
{
    model_head *const head = state;
    head->wrong = head->wrong || model_observed(g, head->next[g]) != result;
    head->next[g]++;
    head->phase[g] = 0;
    head->waits[g] = false;
}

static inline void model_wait(void *state, int g)
{
    ((model_head *)state)->waits[g] = true;
}

/* A row of goroutines. */
typedef struct model_row {
    uint8_t size;
    uint8_t who[15];
} model_row;

static inline void model_row_push(model_row *row, int who)
{
    row->who[row->size++] = (uint8_t)who;
}

static inline int model_row_take(model_row *row, int place)
{
    const int who = row->who[place];
    row->size--;
    memmove(row->who + place, row->who + place + 1, (size_t)(row->size - place));
    row->who[row->size] = 0;
    return who;
}

/* ---- The search ---- */

static inline uint64_t model_hash(const uint64_t *state)
{
    uint64_t hash = model.salt;
    for (size_t i = 0; i < model.spec->state_size / 8; i++) {
        hash = (hash ^ state[i]) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return hash;
}

/* Whether all that returned before the call began has been completed, and all that had been tried
 * then has been tried. */
static inline bool model_may_try(const model_head *head, int g)
{
    const uint32_t called = model.calls[g][head->next[g]].called;
    for (int other = 0; other < MODEL_GOROUTINES; other++) {
        const int next = head->next[other];
        if (next == model.counts[other]) {
            continue;
        }
        const model_call *const call = &model.calls[other][next];
        const bool tried = head->waits[other] || head->phase[other] != 0;
        if (call->returned < called || (call->tried <= called && !tried)) {
            return false;
        }
    }
    return true;
}

/* Take a step of g from the state of this depth into the next one. false: there is none. */
static inline bool model_step(int depth, int g)
{
    const model_head *const head = (const model_head *)model.states[depth];
    model_head *const into = (model_head *)model.states[depth + 1];
    const int i = head->next[g];
    if (i == model.counts[g]) {
        return false;
    }
    if (head->waits[g] ? model_observed(g, i) != -ETIMEDOUT : !model_may_try(head, g)) {
        return false;
    }
    memcpy(into, head, model.spec->state_size);
    (head->waits[g] ? model.spec->expire : model.spec->try)(into, g, i);
    return !into->wrong;
}

/* The goroutine that is tried after `last` (-1: first): those that return first come first. */
static inline int model_after(const model_head *head, uint32_t *last)
{
    int best = -1;
    uint32_t best_returned = UINT32_MAX;
    for (int g = 0; g < MODEL_GOROUTINES; g++) {
        const uint32_t returned =
            head->next[g] < model.counts[g] ? model.calls[g][head->next[g]].returned : 0;
        if (returned > *last && returned < best_returned) {
            best = g;
            best_returned = returned;
        }
    }
    *last = best_returned;
    return best;
}

static inline bool model_search(int depth) // NOLINT(misc-no-recursion)
{
    const model_head *const head = (const model_head *)model.states[depth];
    if (memcmp(head->next, model.counts, sizeof model.counts) == 0 || ++model.steps > MODEL_STEPS ||
        depth + 1 == MODEL_DEPTH) {
        return true;
    }
    const uint64_t hash = model_hash(model.states[depth]);
    if (model.seen[hash % MODEL_SEEN] == hash) {
        return false;
    }
    uint32_t last = 0;
    for (int g = model_after(head, &last); g >= 0; g = model_after(head, &last)) {
        if (model_step(depth, g) && model_search(depth + 1)) {
            return true;
        }
    }
    model.seen[hash % MODEL_SEEN] = hash;
    return false;
}

/* All operations have returned. `initial` is the model's state before any; its head is zero. */
static inline void model_check(const void *initial)
{
    memcpy(model.states[0], initial, model.spec->state_size);
    const bool some_order_gives_what_was_returned = model_search(0);
    WEFT_ASSERT(some_order_gives_what_was_returned);
}

#endif
