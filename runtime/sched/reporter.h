/* reporter.h: a thread of the run that prints for those who cannot: handlers of signals.
 *
 * INVARIANTS
 *   - It takes no signal of the program's: all are blocked there. */
#ifndef WEFT_SCHED_REPORTER_H
#define WEFT_SCHED_REPORTER_H

#include "worker.h"

/* From here to leave there is one, unless there is no thread for it. */
void weft__reporter_enter(void);
void weft__reporter_leave(void);

/* Async-signal-safe: list all goroutines on standard error, soon. */
void weft__reporter_list(void);

/* Async-signal-safe, on the thread that runs g and was interrupted there, in a process that is
 * about to end: say on standard error where g is. false: not all of it was said within two seconds,
 * as when the thread holds a lock that libdw or malloc needs. */
bool weft__reporter_where(const weft__g *g, const void *ucontext);

#endif
