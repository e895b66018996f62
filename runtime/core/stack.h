/* stack.h: guarded stacks, and the pool of those that nobody uses.
 *
 * INVARIANTS
 *   - Below each stack lies a guard page that traps, as far as guard.c says.
 *   - Stacks come in classes, powers of two from 16 KiB; a freed one is kept for the next of its
 *     class.
 *   - A free stack is warm when it was used, and cold when no memory is behind it: it was never
 *     used, or it was given back. Warm ones are handed out first. */
#ifndef WEFT_CORE_STACK_H
#define WEFT_CORE_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEFT__STACK_MIN ((size_t)16 << 10)
#define WEFT__STACK_MAX ((size_t)1 << 30)
#define WEFT__STACK_DEFAULT ((size_t)128 << 10)
enum { WEFT__STACK_CLASSES = 17 };

typedef struct weft__stack {
    char *low;   /* lowest usable byte; the guard page ends here */
    size_t size; /* usable bytes */
} weft__stack;

/* For sizes up to WEFT__STACK_MAX. */
static inline unsigned weft__stack_class(size_t size)
{
    return size <= WEFT__STACK_MIN ? 0 : 50 - (unsigned)__builtin_clzl(size - 1);
}

static inline size_t weft__stack_size(unsigned class)
{
    return WEFT__STACK_MIN << class;
}

/* size: rounded up to a power of two within the limits. false: no memory. */
bool weft__stack_alloc(size_t size, weft__stack *ret_stack);
void weft__stack_free(weft__stack stack);

/* Up to count stacks of a class at once; the number of them, 0: no memory. They are about to be
 * used, the last one first. */
size_t weft__stacks_alloc(unsigned class, size_t count, char **ret_lows);
void weft__stacks_free(unsigned class, size_t count, char *const *lows);

/* Whether warm stacks are free beyond the few that are kept for ever. */
bool weft__stacks_spare(void);

/* A while has passed: those of the spare ones that have not been needed since the last call may be
 * given back. */
void weft__stacks_age(void);

/* Give back the memory of some of those. false: there are none. */
bool weft__stacks_trim(void);

/* Whether address lies in the guard below the stack: an overflow. */
bool weft__stack_overflowed(weft__stack stack, const void *address);

/* All stacks. What callers have at hand themselves, free or not, counts as taken. */
typedef struct weft__stack_sizes {
    size_t mapped; /* bytes, with guards */
    size_t total;  /* bytes of stacks */
    size_t free;   /* bytes of those in the pool */
    size_t free_count;
} weft__stack_sizes;
weft__stack_sizes weft__stacks_measure(void);

#endif
