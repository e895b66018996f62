/* guard.h: pages that trap, and advice to the kernel about many stacks at once. */
#ifndef WEFT_CORE_GUARD_H
#define WEFT_CORE_GUARD_H

#include <stdbool.h>
#include <stddef.h>

size_t weft__page_size(void);

/* Make the page below each of these addresses trap, as far as the system lets us. Not by two
 * threads at the same time. */
void weft__guards_install(char *const *lows, size_t count);

/* The same part of each stack: [low + offset, low + offset + length). */
typedef struct weft__part {
    ptrdiff_t offset;
    size_t length;
} weft__part;

/* madvise for that part of each, by few system calls. Returns how many, from the first on, have
 * been advised: none where the kernel takes no advice about several ranges. */
size_t weft__advise(char *const *lows, size_t count, weft__part part, int advice);

#endif
