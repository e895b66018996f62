/* bias.h: selects that wait for a case that is not ready yet.
 *
 * A select takes what is ready, so a case that becomes ready later is hardly ever taken. In a
 * biased run each select prefers one of its cases, and is held back, for at most 50 picks, until
 * that case is ready. After GFuzz: Liu, Xia, Liang, Song and Hu, "Who Goes First? Detecting Go
 * Concurrency Bugs via Message Reordering" (ASPLOS 2022), which waits with a timeout.
 *
 * Stands in front of any strategy, which then sees only those that are not held. */
#ifndef WEFT_SIM_BIAS_H
#define WEFT_SIM_BIAS_H

#include "../task.h"
#include "stream.h"

/* A new run; one in four is biased. */
void weft__bias_begin(weft__stream *draws);

/* Those that are not held, or all if all are; never none. Valid until the next call. */
weft__task *const *weft__bias_filter(weft__task *const *tasks, uint32_t count, uint32_t *ret_count);

/* The case that the task's select prefers, as a number among those that are ready; arity: it has no
 * preference, or not one that is ready. */
uint32_t weft__bias_choose(const weft__task *task, uint32_t arity);

#endif
