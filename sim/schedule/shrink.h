/* shrink.h: fewer decisions, the same failure. */
#ifndef WEFT_SIM_SHRINK_H
#define WEFT_SIM_SHRINK_H

#include "replay.h"

/* Make `decisions`, which lead to a failure with this kind and signature, 1-minimal: without any
 * one of them the run fails no more, or otherwise. Stops early, with what it has, after budget_ns
 * of real time. Returns the number of replays. */
uint64_t weft__shrink(weft__decisions *decisions, const weft__plan *plan, weft_finding_kind kind,
                      uint64_t signature, int64_t budget_ns);

#endif
