/* feedback.h: runs that begin like an earlier one which showed something new, and then go on
 * otherwise.
 *
 * New is a hand-off: two operations that follow each other on an object, by who does what to which
 * object. A mutant takes the draws of such a run up to a random place before or at its last new
 * hand-off, or anywhere, and other draws from there on.
 *
 * INVARIANTS
 *   - Only teaching runs (profile.h) that passed become parents, each once, however often it is
 *     executed; run i uses the parents below i only. So it depends on the seed and i only.
 *   - What a mutant's parent did is drawn from its base, the run at which its ancestors begin:
 *     strategy and profile are the base's. A mutant does not teach the profile. */
#ifndef WEFT_SIM_FEEDBACK_H
#define WEFT_SIM_FEEDBACK_H

#include "strategy.h"

/* A new exploration: forget everything. */
void weft__feedback_reset(void);

/* Run i begins. If it is to be a mutant, `draws` become its own. The run whose strategy it has: i
 * itself, or a mutant's base. `free`: nothing else has been planned for it. */
uint64_t weft__feedback_begin(weft__stream *draws, uint64_t run, bool free);
void weft__feedback_event(const weft__task *task);
void weft__feedback_end(void);

#endif
