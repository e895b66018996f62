/* readiness.h: whether an operation that is about to take effect could complete at once.
 *
 * Known for operations on channels, and for those that only try to get a lock or units of a
 * semaphore: of these, whether they will succeed. false for all others. */
#ifndef WEFT_SIM_READINESS_H
#define WEFT_SIM_READINESS_H

#include <stdbool.h>

#include <op.h>

bool weft__op_is_ready(const weft__op *op);

#endif
