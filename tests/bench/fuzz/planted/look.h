/* look.h: what the planted bugs share. */
#ifndef WEFT_BENCH_LOOK_H
#define WEFT_BENCH_LOOK_H

#include <weft/fuzz.h>

/* Read a variable that others use. Unlike after WEFT_READ, which counts as polling, the goroutine
 * goes on unless the schedule says otherwise. */
__attribute__((always_inline)) static inline int look(const int *variable)
{
    weft_point_update(variable, sizeof *variable);
    return *variable;
}

#endif
