/* identity.h: which behaviour a run is: equal for runs that differ only in the order of independent
 * operations. This is the hash by which a failure is named. */
#ifndef WEFT_SIM_IDENTITY_H
#define WEFT_SIM_IDENTITY_H

#include "../run.h"

/* Of the last run, its verdict, and the name of the test. */
uint64_t weft__identity(const char *test);

#endif
