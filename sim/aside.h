/* aside.h: a call on a large stack of its own, for what goroutines must not do on theirs: a library
 * that reads debug information needs more than they have. */
#ifndef WEFT_SIM_ASIDE_H
#define WEFT_SIM_ASIDE_H

#include <weft.h>

/* Call fn(arg): by a goroutine there, else here. It does not park, and does not call this. */
void weft__aside(weft_fn *fn, void *arg);

#endif
