/* behaviours.h: which behaviours the runs have shown, and which of them more than once.
 *
 * INVARIANTS
 *   - All processes of an exploration share the table. An entry is never removed, so that each
 *     behaviour has one place whoever comes first, and the counts do not depend on who runs what.
 *   - The table is address space: memory is taken as entries come, some 50 bytes for each. */
#ifndef WEFT_SIM_BEHAVIOURS_H
#define WEFT_SIM_BEHAVIOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct weft__behaviours weft__behaviours;

/* Shared with the processes that are forked later. Ends the process when there is no memory. */
weft__behaviours *weft__behaviours_open(void);
void weft__behaviours_close(weft__behaviours *behaviours); /* NULL: nothing */

/* A run has shown it. What does not fit any more is left out. */
void weft__behaviours_add(weft__behaviours *behaviours, uint64_t behaviour);

uint64_t weft__behaviours_distinct(const weft__behaviours *behaviours);
uint64_t weft__behaviours_once(const weft__behaviours *behaviours); /* shown by one run only */
bool weft__behaviours_overflowed(const weft__behaviours *behaviours);

/* All of them, ascending, for the caller to free: the lowest bit tells whether more than one run
 * has shown it, the others are the behaviour. */
uint64_t *weft__behaviours_list(const weft__behaviours *behaviours, size_t *ret_count);

#endif
