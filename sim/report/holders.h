/* holders.h: who held what at the end of the last run. */
#ifndef WEFT_SIM_HOLDERS_H
#define WEFT_SIM_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>

#include "../run.h"

/* The goroutine that holds the lock which the goroutine of this path waits for. false: it does not
 * wait for a lock, or nobody in particular holds it. */
bool weft__holder_of(const char *path, char *into, size_t size);

enum { WEFT__CYCLE_MAX = 16, WEFT__CYCLE_NAME = 96 };

/* Goroutines, each of which waits for a mutex that the next one holds, the last for one that the
 * first holds. */
typedef struct weft__cycle {
    size_t count; /* 0: there is none, or it is not certain */
    struct {
        char goroutine[WEFT__CYCLE_NAME];
        char object[WEFT__CYCLE_NAME]; /* "mutex a": what it waits for */
    } waits[WEFT__CYCLE_MAX];
} weft__cycle;

/* The cycle at the end of the last run, if that is the one of this finding. */
void weft__cycle_of(const weft_finding *finding, weft__cycle *ret_cycle);

#endif
