/* valgrind_hints.h: what valgrind must be told of stacks. A few instructions where it does not run;
 * nothing where its header was missing at build time. */
#ifndef WEFT_CORE_ARCH_VALGRIND_HINTS_H
#define WEFT_CORE_ARCH_VALGRIND_HINTS_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define WEFT__VALGRIND 1
#endif
#endif

static inline bool weft__valgrind_runs(void)
{
#ifdef WEFT__VALGRIND
    return RUNNING_ON_VALGRIND != 0;
#else
    return false;
#endif
}

/* [low, low + size) is a stack, from now on and for ever: stacks are reused, not unmapped. Moving
 * the stack pointer there is a switch, and not the growth of another stack. */
static inline void weft__valgrind_stack(char *low, size_t size)
{
#ifdef WEFT__VALGRIND
    (void)VALGRIND_STACK_REGISTER(low, low + size - 1);
#else
    (void)low;
    (void)size;
#endif
}

#endif
