/* overflow.h: the overflow of a goroutine's stack, seen as a fault in its guard page. */
#ifndef WEFT_SCHED_OVERFLOW_H
#define WEFT_SCHED_OVERFLOW_H

#include "worker.h"

/* Between these two an overflow is reported and ends the process with status 2, and every other
 * SIGSEGV goes where it would have gone. */
void weft__overflow_watch(void);
void weft__overflow_unwatch(void);

/* For each thread that runs goroutines: a stack for the handler, unless the thread has one. */
void weft__overflow_enter(weft__thread *thread);
void weft__overflow_leave(weft__thread *thread);

#endif
