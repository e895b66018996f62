/* moves.h: steps as exhaustive exploration remembers them from run to run: who, what it touched and
 * how its free choices went. Equal moves are one move. */
#ifndef WEFT_SIM_MOVES_H
#define WEFT_SIM_MOVES_H

#include <stddef.h>

#include "../order/touch.h"

typedef struct weft__move {
    uint64_t actor; /* name of the goroutine or timer */
    uint64_t hash;
    size_t touches; /* index of the first */
    size_t choices;
    uint32_t touch_count;
    uint32_t choice_count;
    bool ends_run; /* depends on every other */
    bool pending;  /* not executed: what it touches is not known, so it depends on every other */
} weft__move;

typedef uint32_t weft__move_id;

void weft__moves_clear(void);

/* The move with these properties; touches and choices are copied. */
weft__move_id weft__move_make(const weft__move *move, const weft__touch *touches,
                              const uint32_t *choices);

const weft__move *weft__move_at(weft__move_id id);
const weft__touch *weft__move_touches(const weft__move *move);
const uint32_t *weft__move_choices(const weft__move *move);

/* Whether two moves depend on each other. */
bool weft__moves_conflict(weft__move_id a, weft__move_id b);

/* A free choice as moves hold it: what was chosen, and of how many. */
enum { WEFT__CHOICE_BITS = 16 };

static inline uint32_t weft__move_choice(uint32_t chosen, uint32_t arity)
{
    return arity << WEFT__CHOICE_BITS | chosen;
}

static inline uint32_t weft__choice_of(uint32_t choice)
{
    return choice & ((1u << WEFT__CHOICE_BITS) - 1);
}

static inline uint32_t weft__choice_arity(uint32_t choice)
{
    return choice >> WEFT__CHOICE_BITS;
}

/* How a move relates to a sequence of moves that could follow where it could. */
typedef enum weft__initial {
    WEFT__INITIAL_NO,    /* something in the sequence conflicts with it */
    WEFT__INITIAL_FIRST, /* it is in the sequence, and may as well come first */
    WEFT__INITIAL_APART, /* it is not in the sequence, and independent of it */
} weft__initial;

/* *ret_place: where it is in the sequence, if it is. */
weft__initial weft__move_initial(weft__move_id move, const weft__move_id *sequence, size_t count,
                                 size_t *ret_place);

#endif
