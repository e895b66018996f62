/* fatal.h: last words. All go to standard error, as Go's do, and end the process with status 2. */
#ifndef WEFT_SCHED_FATAL_H
#define WEFT_SCHED_FATAL_H

#include "core/backend.h"

/* One line on standard error: "weft: ...". */
void weft__complain(const char *format, ...) WEFT_PRINTF(1, 2);

/* All goroutines are parked for ever; nobody runs. */
_Noreturn void weft__fatal_deadlock(void);

_Noreturn void weft__fatal_die(const weft__g *self, weft__end end, const void *site,
                               const char *message);

#endif
