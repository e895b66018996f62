/* keys.h: what an operation touches, in terms that hold for every run of a program.
 *
 * A channel, timer or context has a name from birth. Other objects and variables go by their place,
 * but for those on the heap, which go by who used them first: not the same in every schedule.
 * weft__key_of_event gives the same keys for what the trace holds, but WEFT__OBJECT_UNNAMED for all
 * objects on the heap. */
#ifndef WEFT_SIM_KEYS_H
#define WEFT_SIM_KEYS_H

#include "../trace.h"

enum { WEFT__TOUCHES_MAX = 8 }; /* of a select with more cases, the first */

typedef struct weft__touch_key {
    uint64_t object; /* 0: not known yet, or none */
    uint32_t kind;   /* weft__op_kind; a select's case counts as an operation of its own */
    bool unnamed;    /* on the heap, and not named at birth */
} weft__touch_key;

/* Writes what the task's pending, or just recorded, operation touches; returns how many. Nothing
 * for start and resume. */
uint32_t weft__touches(const weft__task *task, weft__touch_key into[WEFT__TOUCHES_MAX]);

/* Of event i of the trace, which is an operation or the case of a select; `of_several` cases. */
weft__touch_key weft__key_of_event(const weft__trace *trace, size_t i, bool of_several);

/* Whether two operations on one object could matter to each other, whatever its state. Coarser than
 * weft__dependent, which looks at pending operations. */
bool weft__kinds_conflict(uint32_t a, uint32_t b);

#endif
