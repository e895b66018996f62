/* matches.h: which operation let which one pass, without either having waited: the send whose value
 * a receive found in the buffer, the receive that made room for a send, the unlock before a
 * lock. */
#ifndef WEFT_SIM_MATCHES_H
#define WEFT_SIM_MATCHES_H

#include "clocks.h"

void weft__matches_reset(uint32_t actor_count);

/* Step j, whose clock is known, has been taken: join what it was matched with into the `now` of the
 * goroutines concerned, as rows of clocks by actor. The trace's links from `links` on were made
 * after the step had begun. */
void weft__match(const weft__order *order, uint32_t j, uint32_t *now, size_t links);

#endif
