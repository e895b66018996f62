/* census.h: what the processes of an exploration count together, in memory that they share.
 *
 * INVARIANTS
 *   - Everything is a sum, a minimum or a set: nothing depends on who executes which run, or when.
 *   - A run is counted once, by the process whose it is. */
#ifndef WEFT_SIM_CENSUS_H
#define WEFT_SIM_CENSUS_H

#include "behaviours.h"
#include "../run.h"

enum { WEFT__JOBS_MAX = 1024 };

enum { WEFT__CACHE_LINE = 64 };

/* What a worker tells about itself, with each run: on a cache line that is its own. */
typedef struct weft__seat {
    _Alignas(WEFT__CACHE_LINE) uint64_t run; /* that it executes */
    bool done;                               /* it has ended as it should */
} weft__seat;

typedef struct weft__census {
    weft__behaviours *behaviours; /* this line is read for each run, and written rarely */
    uint64_t failing; /* the smallest run that failed, * 2, + 1 if it did not repeat; UINT64_MAX */
    _Alignas(WEFT__CACHE_LINE) uint64_t runs;
    uint64_t sampled; /* of these: those that count for the chance of a new behaviour */
    uint64_t steps;
    uint64_t bound_hits;
    uint64_t trace_hash[2];
    weft__seat seats[WEFT__JOBS_MAX];
} weft__census;

/* Shared with the processes that are forked later. */
weft__census *weft__census_open(void);
void weft__census_close(weft__census *census); /* NULL: nothing */

/* Count the run that has just taken place, and what it has shown; or only that it took place. */
void weft__census_count(weft__census *census);
void weft__census_count_run(weft__census *census);

/* The run failed, or did not do the same again. */
void weft__census_fail(weft__census *census, uint64_t run, bool unrepeatable);

/* What failed is dealt with: as if nothing had. */
void weft__census_forgive(weft__census *census);

/* The behaviours counted so far do not compare with those to come. Only while nobody else counts.
 * */
void weft__census_renew(weft__census *census);

/* Whether a run failed: the first of them, and whether that is because it did not repeat. */
bool weft__census_failed(const weft__census *census, uint64_t *ret_run, bool *ret_unrepeatable);

/* Put the sums into a result; may be called while others still count. */
void weft__census_tell(const weft__census *census, weft_result *result);

#endif
