/* odometer.h: plain enumeration of decisions, depth first: each run takes the next combination. */
#ifndef WEFT_TESTS_ODOMETER_H
#define WEFT_TESTS_ODOMETER_H

#include "../../support/explore.h"

#include "run.h"

enum { DECISIONS_MAX = 256 };

static struct {
    uint32_t taken[DECISIONS_MAX];
    uint32_t arity[DECISIONS_MAX];
    uint32_t planned; /* decisions that are given */
    uint32_t count;   /* made so far in this run */
} odometer WEFT_KEEP;

/* The next decision of the run: below arity. */
static inline uint32_t odometer_decide(uint32_t arity)
{
    assert_true(odometer.count < DECISIONS_MAX);
    const uint32_t i = odometer.count++;
    odometer.taken[i] = i < odometer.planned ? odometer.taken[i] : 0;
    odometer.arity[i] = arity;
    return odometer.taken[i];
}

/* A new run; run 0 starts anew. false: there is no further combination. */
static inline bool odometer_turn(uint64_t run)
{
    uint32_t last = odometer.count;
    odometer.count = 0;
    odometer.planned = 0;
    if (run == 0) {
        return true;
    }
    while (last > 0 && odometer.taken[last - 1] + 1 == odometer.arity[last - 1]) {
        last--;
    }
    if (last == 0) {
        return false;
    }
    odometer.taken[last - 1]++;
    odometer.planned = last;
    return true;
}

/* As a strategy does. */
static inline uint32_t odometer_choose(weft__strategy *self, const weft__task *task, uint32_t arity)
{
    (void)self;
    (void)task;
    return odometer_decide(arity);
}

#endif
