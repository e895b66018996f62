/* acts.h: what the goroutines of the last run did to channels, locks, conds and wait groups, in the
 * order of the trace; each case of a select is an act of its own. */
#ifndef WEFT_SIM_ACTS_H
#define WEFT_SIM_ACTS_H

#include "../order/clocks.h"
#include "../strategy/constraint.h"
#include "../strategy/keys.h"

typedef struct weft__act {
    uint32_t step; /* of the order */
    uint32_t slot;
    uint32_t kind;
    uint32_t number; /* it is so manieth of its class, from 1 */
    int32_t delta;   /* WG_ADD */
    uint64_t object; /* tells objects of this run apart */
    uint64_t key;    /* keys.h */
    bool of_select;
} weft__act;

typedef struct weft__acts {
    const weft__order *order; /* of causes */
    const weft__act *list;
    uint32_t count;
} weft__acts;

/* Valid until the next call, or that of weft__order_of_run. false: the run is too large. */
bool weft__acts_of_run(weft__acts *ret_acts);

weft__moment weft__moment_of_act(const weft__act *act);

/* Act i as a wish: before act k. */
weft__constraint weft__act_before(const weft__acts *acts, uint32_t i, uint32_t k);

/* Whether act i caused act k to be possible at all, perhaps through others. */
static inline bool weft__act_causes(const weft__acts *acts, uint32_t i, uint32_t k)
{
    return weft__step_before(acts->order, acts->list[i].step, acts->list[k].step);
}

static inline bool weft__acts_concurrent(const weft__acts *acts, uint32_t i, uint32_t k)
{
    return acts->list[i].slot != acts->list[k].slot && !weft__act_causes(acts, i, k) &&
           !weft__act_causes(acts, k, i);
}

/* For each kind of prediction: look for it in a run that passed. */
void weft__predict_lock_cycles(const weft__acts *acts);
void weft__predict_lock_waits(const weft__acts *acts);
void weft__predict_closing(const weft__acts *acts);
void weft__predict_add_wait(const weft__acts *acts);

void weft__closing_reset(void); /* a new exploration */

#endif
