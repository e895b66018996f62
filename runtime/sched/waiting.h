/* waiting.h: what a goroutine waits for, and for how long, in words.
 *
 * INVARIANTS
 *   - The goroutine may run on meanwhile, and free what it waited for. So nothing that it points to
 *     is read but by a system call that fails where there is no memory. What was read may be wrong
 *     then, and does no harm.
 *   - One caller at a time. */
#ifndef WEFT_SCHED_WAITING_H
#define WEFT_SCHED_WAITING_H

#include "worker.h"

/* Why it is parked; WEFT__WHY_RUNNING: it is not. */
weft__why weft__waiting_why(const weft__g *g);

/* Why, or that it runs, or that it has not begun to; and for how long, if that is worth telling:
 * "channel receive, 12 s". The time is too long by a slice at most (timing.h), so it is told from
 * ten of the default ones on. */
void weft__waiting_state(const weft__g *g, char *into, size_t size);

/* A line for each thing that it waits for: "channel 0x55d0c8 (0 of 4 buffered)". */
void weft__waiting_objects(const weft__g *g, void (*say)(const char *line));

#endif
