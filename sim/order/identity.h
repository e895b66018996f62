/* identity.h: one number for all runs that differ only in the order of independent events. */
#ifndef WEFT_SIM_IDENTITY_H
#define WEFT_SIM_IDENTITY_H

#include "../run.h"

/* The behaviour of the last run: its happens-before order and how it ended. Not 0. Equal for
 * equivalent runs; different for others, but for a chance of 2^-64. */
uint64_t weft__behaviour(void);

/* The same of the steps that the present run has taken so far; the last of them is over. Begin it
 * with the run. */
void weft__prefix_begin(void);
uint64_t weft__prefix(void);

/* As weft__behaviour, for a failing run of this test: the name of its schedule. */
uint64_t weft__identity(const char *test);

#endif
