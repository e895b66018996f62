/* handoffs.h: what the fuzzing engine is told of a run, beside the edges of the program: which
 * operation followed which on the same object, by the places in the program that called them.
 *
 * After an operation that changes an object comes one that finds it so: a receive after a send, a
 * lock after an unlock, a read after a write. Each such pair counts in one of the counters that
 * libFuzzer takes for coverage (__libfuzzer_extra_counters).
 *
 * INVARIANTS
 *   - The number of a counter does not depend on addresses: what different processes count is the
 *     same. */
#ifndef WEFT_FUZZ_HANDOFFS_H
#define WEFT_FUZZ_HANDOFFS_H

#include <task.h>
#include <strategy/strategy.h>

void weft__handoffs_begin(void); /* a run */
void weft__handoffs_event(weft__strategy *strategy, const weft__task *task);

#endif
