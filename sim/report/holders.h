/* holders.h: who held what at the end of the last run. */
#ifndef WEFT_SIM_HOLDERS_H
#define WEFT_SIM_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>

/* The goroutine that holds the lock which the goroutine of this path waits for. false: it does not
 * wait for a lock, or nobody in particular holds it. */
bool weft__holder_of(const char *path, char *into, size_t size);

#endif
