/* crash.h: a signal in the program under test becomes a finding of the run. */
#ifndef WEFT_SIM_CRASH_H
#define WEFT_SIM_CRASH_H

#include <stdbool.h>

/* Take over SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT; give them back. */
void weft__crash_watch(void);
void weft__crash_unwatch(void);

/* In the handler of a signal. Whether an address lies in the main program. And where to put the
 * blame for what happened at `counter`, one behind the instruction as return addresses are: there,
 * or at the program's call into a library. */
bool weft__in_program(const void *address);
const void *weft__crash_blame(const char *counter);

#endif
