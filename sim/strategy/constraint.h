/* constraint.h: "this operation before that one", as a wish that a strategy tries to fulfil.
 *
 * An operation is meant by its class (profile.h) and by the how-manieth of its class in the run it
 * is; the object of a class may be WEFT__OBJECT_UNNAMED, which is any on the heap. Wishes never
 * block: a strategy that has nothing else to do gives one up. */
#ifndef WEFT_SIM_CONSTRAINT_H
#define WEFT_SIM_CONSTRAINT_H

#include "profile.h"

typedef struct weft__moment {
    weft__class class;
    uint32_t number; /* from 1 */
    uint32_t seen;   /* in this run */
} weft__moment;

typedef struct weft__constraint {
    weft__moment before;
    weft__moment after;
    bool settled; /* fulfilled or given up */
} weft__constraint;

/* What a pending operation should do: */
enum {
    WEFT__BAND_AVOID,  /* wait: what should come before it has not */
    WEFT__BAND_NORMAL, /* nothing in particular */
    WEFT__BAND_TAKE,   /* come soon: another waits for it, or it has waited */
};

/* A new run. */
void weft__constraint_begin(weft__constraint *constraint);

/* By all constraints together: to avoid counts most. */
uint8_t weft__constraint_band(const weft__constraint *constraints, uint32_t count,
                              const weft__task *task);

/* The task's operation is carried out, whatever its band. */
void weft__constraint_event(weft__constraint *constraints, uint32_t count, const weft__task *task);

#endif
