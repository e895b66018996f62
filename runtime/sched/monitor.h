/* monitor.h: the thread that has called weft_run, which watches the workers of the run.
 *
 * A worker that has not come round for a slice while others wait is taken (retake.h). Half a slice
 * before, loops that call WEFT_POLL are told to yield. A timer that no worker has fired in time is
 * fired here, and the worker that has been busy longest is taken for whoever that has woken. So is
 * what has become ready on descriptors told here, where no worker has looked for a millisecond.
 *
 * INVARIANTS
 *   - It sleeps without limit only while all workers are idle: whoever makes one busy wakes it;
 *     both store, fence and look. */
#ifndef WEFT_SCHED_MONITOR_H
#define WEFT_SCHED_MONITOR_H

#include <stdint.h>

/* Before a run. */
void weft__monitor_reset(int64_t slice_ns);

/* Watch until the run stops. */
void weft__monitor_run(void);

/* Some worker is busy again, or the run stops. */
void weft__monitor_watch(void);

#endif
