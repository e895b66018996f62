/* fail.h: the hook for unit-test frameworks, whose failed checks cannot jump out of a goroutine.
 * Both backends implement it; the glue of a framework calls it. */
#ifndef WEFT_CORE_FAIL_H
#define WEFT_CORE_FAIL_H

#include "backend.h"

/* Whether the caller is a goroutine. */
bool weft__inside(void);

/* A check of a test framework failed in goroutine `self`, at file:line. Ends the run at once, as if
 * main had returned; self does not go on and its deferred calls do not run. message and file are
 * copied. weft_run_with then returns the number of calls, of which the first is remembered. */
_Noreturn void weft__fail_run(weft__g *self, const void *site, const char *file, int line,
                              const char *message);

/* After weft_run_with has returned more than 0: "file:line: message" of the first failed check of
 * that run; "" when there was none. Valid until the next run. */
const char *weft__fail_message(void);

#endif
