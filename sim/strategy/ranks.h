/* ranks.h: a number for each goroutine of a run, for strategies that rank them. Timers have none of
 * their own: theirs is made of their name and the run's draw. */
#ifndef WEFT_SIM_RANKS_H
#define WEFT_SIM_RANKS_H

#include "../task.h"
#include "stream.h"

typedef struct weft__ranks {
    uint64_t *of_slot; /* 0: none yet */
    size_t capacity;
    uint64_t salt;
    weft__stream *draws;
    uint8_t *bands; /* for each of the tasks: a higher band beats any rank */
    uint32_t band_capacity;
} weft__ranks;

/* Forget all. */
void weft__ranks_begin(weft__ranks *ranks, weft__stream *draws);

/* The task's rank; one that has none gets a random one, at least 2^32. */
uint64_t weft__rank(weft__ranks *ranks, const weft__task *task);

/* Set it; 0: it will get a new one. Ignored for timers. */
void weft__rank_set(weft__ranks *ranks, const weft__task *task, uint64_t rank);

/* Index of the task of the highest rank. */
uint32_t weft__rank_highest(weft__ranks *ranks, weft__task *const *tasks, uint32_t count);

/* The same within the highest of the tasks' bands, which the caller has written. */
void weft__ranks_make_bands(weft__ranks *ranks, uint32_t count);
uint32_t weft__rank_highest_banded(weft__ranks *ranks, weft__task *const *tasks, uint32_t count);

/* tasks[best] goes: those that race with it get new ranks. */
void weft__rank_race(weft__ranks *ranks, weft__task *const *tasks, uint32_t count, uint32_t best);

#endif
