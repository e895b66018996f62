/* slots.h: room for as many slots as there could ever be, which never move.
 *
 * INVARIANTS
 *   - A slot is zero, and costs address space only, until it is touched. */
#ifndef WEFT_SCHED_SLOTS_H
#define WEFT_SCHED_SLOTS_H

#include <stddef.h>

/* NULL: there is no room. */
void *weft__slots_map(size_t count, size_t size);
void weft__slots_unmap(void *slots, size_t count, size_t size);

#endif
