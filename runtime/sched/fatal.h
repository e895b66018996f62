/* fatal.h: last words, which go to standard error, as Go's do, and end the process with status 2;
 * and lists of goroutines. */
#ifndef WEFT_SCHED_FATAL_H
#define WEFT_SCHED_FATAL_H

#include "backtrace.h"

/* One line on standard error: "weft: ...". */
void weft__complain(const char *format, ...) WEFT_PRINTF(1, 2);

/* All goroutines of the run, on file descriptor fd, while they go on. Needs a thread's stack. */
void weft__report_all(int fd);

/* When the workers have ended: the goroutines that have not, but for main and daemons. */
void weft__report_leaks(void);

/* Where g was, which stands still with these registers, and where it comes from. Its descriptor and
 * its stack are there, and nothing else is certain. Needs a thread's stack. */
void weft__report_overflow(const weft__g *g, const weft__registers *registers);

/* All goroutines are parked for ever; nobody runs. */
_Noreturn void weft__fatal_deadlock(void);

_Noreturn void weft__fatal_die(const weft__g *self, weft__end end, const void *site,
                               const char *message);

#endif
