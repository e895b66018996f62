/* crash.h: a signal in the program under test becomes a finding of the run. */
#ifndef WEFT_SIM_CRASH_H
#define WEFT_SIM_CRASH_H

/* Take over SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT; give them back. */
void weft__crash_watch(void);
void weft__crash_unwatch(void);

#endif
