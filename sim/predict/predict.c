/* predict.c: see predict.h. */
#include "predict.h"

#include <string.h>

#include "../strategy/profile.h"
#include "acts.h"

enum {
    PREDICTIONS_MAX = 48,
    ALIKE_MAX = 16,    /* of one suspicion */
    FIRST_USE = 32,    /* runs that use the predictions of those below */
    LAST_USE = 256,    /* likewise; no run learns after it */
    AT_ONCE = 2,       /* times that each is tried in every other run, then */
    SELDOM = 8,        /* in one of so many, */
    TIMES_LATER = 150, /* so many times */
};

static struct {
    weft__prediction list[PREDICTIONS_MAX];
    uint32_t count;
    uint32_t first_count; /* that run FIRST_USE could use */
    uint32_t of_suspicion[WEFT__SUSPECT_COUNT];
    uint64_t next; /* learn from no run below */
} known WEFT_KEEP;

void weft__predict_reset(void)
{
    known.count = 0;
    known.first_count = 0;
    known.next = 0;
    memset(known.of_suspicion, 0, sizeof known.of_suspicion);
    weft__closing_reset();
    weft__pair_direct(NULL, 0);
}

void weft__predict_learn(void)
{
    const uint64_t run = weft__the_run.plan.run;
    weft__acts acts;
    if (run < known.next || run >= LAST_USE || !weft__run_teaches(run) ||
        weft__the_run.outcome.kind != WEFT_FOUND_NOTHING || !weft__acts_of_run(&acts)) {
        return;
    }
    known.next = run + 1;
    weft__predict_lock_cycles(&acts);
    weft__predict_lock_waits(&acts);
    weft__predict_closing(&acts);
    weft__predict_add_wait(&acts);
    if (run < FIRST_USE) {
        known.first_count = known.count;
    }
}

/* The how-manieth of its class each operation is does not tell two predictions apart. */
static bool same_class(const weft__class *a, const weft__class *b)
{
    return a->goroutine == b->goroutine && a->object == b->object && a->kind == b->kind;
}

static bool same(const weft__prediction *a, const weft__prediction *b)
{
    bool same = a->suspicion == b->suspicion && a->count == b->count;
    for (uint32_t i = 0; same && i < a->count; i++) {
        same = same_class(&a->constraints[i].before.class, &b->constraints[i].before.class) &&
               same_class(&a->constraints[i].after.class, &b->constraints[i].after.class);
    }
    return same;
}

void weft__predict_add(const weft__prediction *prediction)
{
    uint32_t *const of_suspicion = &known.of_suspicion[prediction->suspicion];
    for (uint32_t i = 0; i < known.count; i++) {
        if (same(&known.list[i], prediction)) {
            return;
        }
    }
    if (known.count == PREDICTIONS_MAX || *of_suspicion == ALIKE_MAX) {
        return;
    }
    ++*of_suspicion;
    known.list[known.count] = *prediction;
    known.list[known.count++].run = weft__the_run.plan.run;
}

/* In turn: each a few times at once, because one try is mostly enough for those that are right;
 * later more seldom, because most of those that are left are wrong. */
const weft__prediction *weft__prediction_for(uint64_t run)
{
    const uint64_t start = run < LAST_USE ? FIRST_USE : LAST_USE;
    const uint32_t count = run < LAST_USE ? known.first_count : known.count;
    if (run < FIRST_USE || count == 0 || weft__run_teaches(run)) {
        return NULL;
    }
    const uint64_t n = run - start;
    if (n < (uint64_t)2 * AT_ONCE * count) {
        return n % 2 == 0 ? NULL : &known.list[n / 2 % count];
    }
    const bool its_turn = n % SELDOM == SELDOM - 1 && n / SELDOM < (uint64_t)TIMES_LATER * count;
    return its_turn ? &known.list[n / SELDOM % count] : NULL;
}

static const struct {
    const char *name;
    bool deadlock; /* and leaks */
    bool panic;
    bool anything;
} suspicions[WEFT__SUSPECT_COUNT] = {
    [WEFT__SUSPECT_LOCK_CYCLE] = {.name = "lock-order cycle", .deadlock = true},
    [WEFT__SUSPECT_READ_LOCKS] = {.name = "read lock taken twice", .deadlock = true},
    [WEFT__SUSPECT_LOCK_WAIT] = {.name = "lock held while waiting", .deadlock = true},
    [WEFT__SUSPECT_SEND_CLOSE] = {.name = "send not ordered with close", .panic = true},
    [WEFT__SUSPECT_CLOSE_CLOSE] = {.name = "double close", .panic = true},
    [WEFT__SUSPECT_ADD_WAIT] = {.name = "add not ordered with wait", .anything = true},
};

const char *weft__prediction_come_true(uint64_t run, weft_finding_kind kind, uint64_t *ret_from)
{
    const weft__prediction *const p = weft__prediction_for(run);
    if (p == NULL) {
        return NULL;
    }
    const bool as_expected = suspicions[p->suspicion].anything ||
                             (suspicions[p->suspicion].panic && kind == WEFT_FOUND_PANIC) ||
                             (suspicions[p->suspicion].deadlock &&
                              (kind == WEFT_FOUND_DEADLOCK || kind == WEFT_FOUND_LEAK));
    if (!as_expected) {
        return NULL;
    }
    *ret_from = p->run;
    return suspicions[p->suspicion].name;
}
