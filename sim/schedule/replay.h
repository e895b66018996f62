/* replay.h: the strategy that follows a list of decisions.
 *
 * Where no decision of the list applies, the default policy (weft__run_default; choice 0) decides:
 * so any list, also one that does not fit any more, gives a run. */
#ifndef WEFT_SIM_REPLAY_H
#define WEFT_SIM_REPLAY_H

#include "../run.h"

typedef struct weft__replayer {
    weft__strategy strategy; /* first */
    const weft__decisions *decisions;
    size_t *applied_at; /* for each decision: events before it, + 1; 0: did not apply */
    size_t next;        /* decisions mostly apply in order */
    uint32_t *index;    /* hash table over positions: decision + 1 */
    size_t index_capacity;
} weft__replayer;

void weft__replayer_init(weft__replayer *replayer, const weft__decisions *decisions);
void weft__replayer_clear(weft__replayer *replayer);

/* Execute one run under the decisions; *plan tells the rest. */
void weft__replay(weft__replayer *replayer, const weft__plan *plan);

void weft__decisions_add(weft__decisions *list, weft__decision decision);
void weft__decisions_copy(weft__decisions *into, const weft__decisions *from);
/* The same without those whose index is in [start, start + length). */
void weft__decisions_without(weft__decisions *into, const weft__decisions *from, size_t start,
                             size_t length);

#endif
