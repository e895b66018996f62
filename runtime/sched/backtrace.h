/* backtrace.h: the stacks of goroutines, with source lines, for reports.
 *
 * INVARIANTS
 *   - libdw is opened at the first question: a program that reports nothing does not load it. Where
 *     it is missing there are no stacks, and places are addresses that addr2line understands.
 *   - Unwinding reads the goroutine's own stack only, so a wrong register cannot make it crash.
 *   - One caller at a time, on a thread's stack: libdw needs more than a goroutine may have. */
#ifndef WEFT_SCHED_BACKTRACE_H
#define WEFT_SCHED_BACKTRACE_H

#include "core/g.h"

enum { WEFT__BACKTRACE_MAX = 64 };

/* Registers by their DWARF numbers. */
typedef struct weft__registers {
    uint64_t numbered[32];
    uint64_t pc;
} weft__registers;

/* Those of a goroutine that is parked, as weft__fiber_jump has saved them. false: there are none on
 * its stack. */
bool weft__registers_parked(const weft__g *g, weft__registers *ret_registers);

/* Those of the caller, in whose frame they stay true until it returns. */
#define WEFT__REGISTERS_HERE(ret_registers)                                                        \
    do {                                                                                           \
        ucontext_t context_;                                                                       \
        (void)getcontext(&context_);                                                               \
        weft__registers_of(&context_, (ret_registers));                                            \
    } while (0)
void weft__registers_of(const void *ucontext, weft__registers *ret_registers);

/* Return addresses, innermost first. Returns how many: 0 where libdw is missing. */
size_t weft__backtrace(const weft__g *g, const weft__registers *registers,
                       const void *ret_frames[WEFT__BACKTRACE_MAX]);

/* "function file.c:12" for a return address, as much of it as is known. */
void weft__backtrace_place(const void *return_address, char *into, size_t size);

#endif
