/* watchdog.h: a goroutine that runs on and on, in code that tells nothing: neither an operation
 * nor, if it is instrumented, an access or a branch.
 *
 * INVARIANTS
 *   - It goes by the process's CPU time, so it is no part of a schedule; what it finds is a runaway
 *     that says so. A debugger may stop the program for as long as it likes. */
#ifndef WEFT_SIM_WATCHDOG_H
#define WEFT_SIM_WATCHDOG_H

/* For this process: its children need one of their own. Nothing where timers are not to be had. */
void weft__watchdog_start(void);
void weft__watchdog_stop(void);

#endif
