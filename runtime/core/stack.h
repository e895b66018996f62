/* stack.h: guarded stacks, pooled.
 *
 * INVARIANTS
 *   - Below each stack lies a guard page that traps, as long as the system lets us have more.
 *   - Stacks come in powers of two from 16 KiB; a freed one is kept for the next of its size. */
#ifndef WEFT_CORE_STACK_H
#define WEFT_CORE_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEFT__STACK_MIN ((size_t)16 << 10)
#define WEFT__STACK_MAX ((size_t)1 << 30)
#define WEFT__STACK_DEFAULT ((size_t)256 << 10)

typedef struct weft__stack {
    char *low;   /* lowest usable byte; the guard page ends here */
    size_t size; /* usable bytes */
} weft__stack;

/* size: rounded up to a power of two within the limits. false: no memory. */
bool weft__stack_alloc(size_t size, weft__stack *ret_stack);
void weft__stack_free(weft__stack stack);

/* Whether address lies in the guard below the stack: an overflow. */
bool weft__stack_overflowed(weft__stack stack, const void *address);

/* Bytes mapped for stacks, in use or pooled. */
size_t weft__stack_mapped(void);

#endif
