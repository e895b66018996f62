/* shrink.h: fewer decisions, the same failure. */
#ifndef WEFT_SIM_SHRINK_H
#define WEFT_SIM_SHRINK_H

#include "replay.h"

typedef struct weft__shrunk {
    uint64_t replays;
    bool minimal; /* without any one decision the run fails no more, or otherwise */
} weft__shrunk;

/* Make `decisions`, which lead to the wanted kind and signature, fewer and simpler. Stops early,
 * with what it has, after about 2000 replays or a second of steps; or after budget_ns of real
 * time, the only bound that is not counted. */
weft__shrunk weft__shrink(weft__decisions *decisions, const weft__plan *plan,
                          const weft__outcome *wanted, int64_t budget_ns);

#endif
