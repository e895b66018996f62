/* mutate.h: how libFuzzer changes bytes that are an input and a schedule: the schedule by its
 * departures from the default policy, so that what changes one of them leaves the others where they
 * were; the input by libFuzzer's own mutators.
 *
 * INVARIANTS
 *   - What is made is a function of the bytes, the seed and the length of the last run. */
#ifndef WEFT_FUZZ_MUTATE_H
#define WEFT_FUZZ_MUTATE_H

#include <stdint.h>

/* The last run took so many decisions. */
void weft__mutate_learn(uint64_t count);

#endif
