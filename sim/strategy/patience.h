/* patience.h: when a goroutine that only looks is taken to wait for others.
 *
 * Strategies that let one goroutine run for long would run one that polls for ever. Yielding is a
 * clear word; reading a variable or trying a lock is so only when nothing else has come for some
 * steps. */
#ifndef WEFT_SIM_PATIENCE_H
#define WEFT_SIM_PATIENCE_H

#include "../run.h"

enum { WEFT__PATIENCE = 8 }; /* steps */

typedef struct weft__patience {
    uint32_t slot;
    uint32_t looked; /* steps in a row */
} weft__patience;

/* Called at each pick with the goroutine that ran last; what it has pending counts. */
static inline bool weft__is_waiting(weft__patience *patience, const weft__task *current)
{
    const bool looks = current != NULL && !current->internal && weft__op_polls(current->op.kind);
    if (!looks || current->slot != patience->slot) {
        patience->looked = 0;
    }
    if (!looks) {
        return false;
    }
    patience->slot = current->slot;
    return ++patience->looked > WEFT__PATIENCE || current->op.kind == WEFT__OP_YIELD;
}

/* The same by what it has done: also selects that took their default, and updates that left their
 * variable as it was. Called at a pick. */
static inline bool weft__is_spinning(const weft__task *current)
{
    return current != NULL && weft__the_run.barren >= WEFT__PATIENCE;
}

#endif
