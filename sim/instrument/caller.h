/* caller.h: who calls: the program under test, or somebody else. What is answered and watched here
 * is what the program's own code does; the simulator and the libraries do what they always did.
 *
 * INVARIANTS
 *   - The program's own code is what lies in the main program and not in the section weft_text,
 *     where the top CMakeLists.txt puts all code of ours, and runs on the thread of the runs. */
#ifndef WEFT_INSTRUMENT_CALLER_H
#define WEFT_INSTRUMENT_CALLER_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "run.h"

extern const char __executable_start[] __attribute__((visibility("hidden")));
extern const char etext[] __attribute__((visibility("hidden")));
extern const char __start_weft_text[] __attribute__((weak, visibility("hidden")));
extern const char __stop_weft_text[] __attribute__((weak, visibility("hidden")));

/* libFuzzer is in the main program too, and has a thread that sleeps and looks at the memory that
 * the process uses. */
static inline bool weft__on_thread_of_runs(void)
{
    return weft__the_run.errno_at == NULL || weft__the_run.errno_at == &errno;
}

/* A call that returns to pc was made by the program's own code. */
static inline bool weft__by_program(const void *pc)
{
    const uintptr_t at = (uintptr_t)pc;
    return weft__on_thread_of_runs() &&
           at - (uintptr_t)__executable_start < (uintptr_t)etext - (uintptr_t)__executable_start &&
           at - (uintptr_t)__start_weft_text >=
               (uintptr_t)__stop_weft_text - (uintptr_t)__start_weft_text;
}

/* The same, and in a simulated run: to be used in a function that the program may call. */
#define WEFT__SIMULATED()                                                                          \
    (weft__by_program(__builtin_return_address(0)) && weft__the_run.active &&                      \
     weft__the_run.current != NULL)

#endif
