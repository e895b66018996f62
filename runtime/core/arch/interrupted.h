/* interrupted.h: where a signal has interrupted the program. */
#ifndef WEFT_CORE_ARCH_INTERRUPTED_H
#define WEFT_CORE_ARCH_INTERRUPTED_H

#include <stdint.h>
#include <ucontext.h>

/* The instruction, from the third argument of a signal handler. */
static inline const char *weft__interrupted_at(const void *context)
{
    const ucontext_t *const u = context;
#if defined(__x86_64__)
    return (const char *)(uintptr_t)u->uc_mcontext.gregs[REG_RIP];
#else
    return (const char *)(uintptr_t)u->uc_mcontext.pc;
#endif
}

#endif
