/* divergence.h: where two executions of one schedule part: what something decides that the
 * simulator does not control. */
#ifndef WEFT_SIM_DIVERGENCE_H
#define WEFT_SIM_DIVERGENCE_H

#include "../run.h"

/* Execute the plan a few times and compare. Writes where the first two that differ did so: the
 * first read that got another value, and the first access, or else operation, that is another one.
 * "" if none did. */
void weft__divergence_find(const weft__plan *plan, char *into, size_t size);

#endif
