/* identity.h: which behaviour a run is: equal for runs that differ only in the order of independent
 * operations. This is the hash by which a failure is named. */
#ifndef WEFT_SIM_IDENTITY_H
#define WEFT_SIM_IDENTITY_H

#include "../run.h"

/* Of the last run and its verdict. */
uint64_t weft__identity(void);

#endif
