/* registry.h: all goroutines that are alive, in one list for each worker that starts some. */
#ifndef WEFT_SCHED_REGISTRY_H
#define WEFT_SCHED_REGISTRY_H

#include "worker.h"

void weft__registry_add(weft__registry *registry, weft__g *g);
void weft__registry_remove(weft__g *g);

/* Give back the memory of all that are listed. Nothing runs on their stacks. */
void weft__registry_drop(weft__registry *registry);

#endif
