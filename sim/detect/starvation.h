/* starvation.h: who asks in vain for ever while others go on.
 *
 * Judged from the trace of a run that has reached its step bound. A goroutine asks when it tries
 * for a lock or for units of a semaphore, compares and swaps a variable, or waits for a condition;
 * or, less clearly, when it tries a channel, selects with a default, or reads a variable, a length
 * or a context. It is starved if it has asked 64 times at least in the second half of the fairly
 * scheduled part, every time in vain, has done nothing else of use since before that, and others
 * went on. So is one that has waited for a lock all that time.
 *
 * Not starved is a daemon, and one that calls weft_progress. One that asks less clearly and sleeps,
 * or assigns variables, in between is not either: pollers do that. */
#ifndef WEFT_SIM_STARVATION_H
#define WEFT_SIM_STARVATION_H

#include "../run.h"

/* Whether one was starved from before step `since` on; then it is written into the outcome.
 * `progress`: somebody made some since then (livelock.h); otherwise others must have got what the
 * starved one asked for. */
bool weft__starvation_judge(uint64_t since, bool progress);

#endif
