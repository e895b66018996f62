/* proof.h: trying to explore everything, when what the first runs have shown says that it fits. */
#ifndef WEFT_SIM_PROOF_H
#define WEFT_SIM_PROOF_H

#include "explorer.h"

typedef enum weft__proof {
    WEFT__PROOF_NONE,     /* it does not fit, or could not be finished */
    WEFT__PROOF_COMPLETE, /* all behaviours were explored: result->complete, result->behaviours */
    WEFT__PROOF_FAILED,   /* the last run failed; e->plan is that run's */
} weft__proof;

weft__proof weft__proof_attempt(weft__explorer *e);

/* The same of an exploration whose strategy is exhaustive: whether it was complete, or up
 * to which bound. */
void weft__proof_of_strategy(weft__explorer *e);

#endif
