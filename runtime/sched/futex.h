/* futex.h: sleeping on a word of memory (futex(2)). */
#ifndef WEFT_SCHED_FUTEX_H
#define WEFT_SCHED_FUTEX_H

#include <stdint.h>

/* Sleep while *word is `value`: until weft__futex_wake, until_ns (CLOCK_MONOTONIC; WEFT_NEVER: no
 * limit) or, now and then, for no reason. */
void weft__futex_wait(uint32_t *word, uint32_t value, int64_t until_ns);

/* Wake one sleeper. */
void weft__futex_wake(uint32_t *word);

#endif
