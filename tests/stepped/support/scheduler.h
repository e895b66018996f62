/* scheduler.h: runtime/sched/worker.c inside of a stepped test, with what is static in it. Its
 * threads are goroutines of the outer world; what it has in common with the core's stepped backend,
 * parking, goes by another name and is not used. */
#ifndef WEFT_STEPPED_SCHEDULER_H
#define WEFT_STEPPED_SCHEDULER_H

#define weft__park sched_park
#define weft__ready sched_ready
#define weft__yield sched_yield_g
#define weft__fuel_out sched_fuel_out
#include "sched/worker.c" // NOLINT(bugprone-suspicious-include)
#undef weft__park
#undef weft__ready
#undef weft__yield
#undef weft__fuel_out

#endif
