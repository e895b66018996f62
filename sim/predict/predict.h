/* predict.h: what passing runs suggest could go wrong, and which runs try it.
 *
 *   acts.c          what the goroutines of a run did, as far as predictions are about it
 *   holdings.c      which locks they held meanwhile
 *   lock_cycle.c    locks that are taken in orders that form a cycle; read locks taken twice
 *   lock_wait.c     waiting with a lock that those need who could end the waiting
 *   closing.c       sends, and second closes, that nothing keeps from coming after a close
 *   add_wait.c      additions to a wait group that may come after the wait
 *
 * A prediction is cheap and may be wrong: locks count as no order, and nothing is known of what
 * values decide. It becomes runs of weft__strategy_pair under its constraints, and is heard of only
 * if one of these fails.
 *
 * INVARIANTS
 *   - Predictions come from teaching runs (profile.h) that passed, all below 256: every process of
 *     an exploration knows the same ones.
 *   - Which prediction run i tries depends on the seed and i only; it is never a teaching run.
 *   - A prediction is tried at most 200 times. */
#ifndef WEFT_SIM_PREDICT_H
#define WEFT_SIM_PREDICT_H

#include "../run.h"
#include "../strategy/pair.h"

typedef enum weft__suspicion {
    WEFT__SUSPECT_LOCK_CYCLE,
    WEFT__SUSPECT_READ_LOCKS,
    WEFT__SUSPECT_LOCK_WAIT,
    WEFT__SUSPECT_SEND_CLOSE,
    WEFT__SUSPECT_CLOSE_CLOSE,
    WEFT__SUSPECT_ADD_WAIT,
    WEFT__SUSPECT_COUNT,
} weft__suspicion;

typedef struct weft__prediction {
    weft__suspicion suspicion;
    weft__constraint constraints[WEFT__CONSTRAINTS_MAX];
    uint32_t count;
    uint64_t run; /* that suggested it */
} weft__prediction;

/* A new exploration: forget everything. */
void weft__predict_reset(void);

/* The last run is over: learn from it, if it passed and is one to learn from. */
void weft__predict_learn(void);

/* What run i is to try; NULL: nothing. */
const weft__prediction *weft__prediction_for(uint64_t run);

/* What to call it if run i, which tried it, ended like this: "lock-order cycle", ... NULL: it did
 * not try anything, or that is not what came of it. *ret_from: the run that suggested it. */
const char *weft__prediction_come_true(uint64_t run, weft_finding_kind kind, uint64_t *ret_from);

/* For those who predict: one more, unless it is known. */
void weft__predict_add(const weft__prediction *prediction);

#endif
