/* points.h: a few random steps of a run at which a strategy does something else.
 *
 * Drawn below the largest number of choices that the profile knows; without one, the order of
 * magnitude is drawn as well. */
#ifndef WEFT_SIM_POINTS_H
#define WEFT_SIM_POINTS_H

#include "stream.h"

enum { WEFT__POINTS_MAX = 16 };

typedef struct weft__points {
    uint32_t at[WEFT__POINTS_MAX];
    uint32_t count;
    uint32_t step;
} weft__points;

/* `count` points below `length`, some of them perhaps the same: if all were different, a short run
 * would have but one choice of them. length 0: below 8, 32, 128, 512 or 2048. */
static inline void weft__points_begin(weft__points *points, weft__stream *draws, uint32_t count,
                                      uint32_t length)
{
    const uint32_t below = length != 0 ? length : 8u << 2 * weft__draw(draws, 5);
    points->step = 0;
    points->count = count;
    for (uint32_t i = 0; i < count; i++) {
        points->at[i] = weft__draw(draws, below);
    }
}

/* Whether the step that is taken now is one of them; then the next. */
static inline bool weft__points_next(weft__points *points)
{
    const uint32_t step = points->step++;
    for (uint32_t i = 0; i < points->count; i++) {
        if (points->at[i] == step) {
            return true;
        }
    }
    return false;
}

#endif
