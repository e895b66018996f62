/* counts.h: what a worker counts.
 *
 * INVARIANTS
 *   - Only the thread that serves the worker, while it holds (worker.h), writes them; anybody reads
 *     them, one by one. They are the worker's: another thread that comes to serve it goes on. */
#ifndef WEFT_SCHED_COUNTS_H
#define WEFT_SCHED_COUNTS_H

#include <weft.h>

#include "core/why.h"

typedef struct weft__counts {
    _Alignas(64) uint32_t until_sample; /* goroutines made ready before the next that is timed */
    uint32_t interval;                  /* one in so many is timed, on average */
    int64_t sampled_ns;
    uint64_t left[WEFT__WHY_COUNT]; /* goroutines that stopped running, by why */
    uint64_t started;
    uint64_t steals;
    uint64_t stolen;
    uint64_t global_takes;
    uint64_t global_taken;
    uint64_t sleeps;
    uint64_t latency[WEFT_STATS_BUCKETS];
} weft__counts;

#endif
