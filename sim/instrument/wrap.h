/* wrap.h: functions of libc that the linker leads here first: --wrap. CMakeLists.txt has them. */
#ifndef WEFT_INSTRUMENT_WRAP_H
#define WEFT_INSTRUMENT_WRAP_H

#include <stddef.h>

#include "caller.h"
#include "race/watch.h"

/* Starts the definition of a wrapper: parameters in parentheses. The function itself is
 * __real_<name>. */
#define WRAP(type, name, ...)                                                                      \
    type __real_##name __VA_ARGS__;                                                                \
    type __wrap_##name __VA_ARGS__;                                                                \
    type __wrap_##name __VA_ARGS__

#define PC __builtin_return_address(0)
#define FRAME __builtin_frame_address(0)

/* A function of libc that returns to pc reads or writes these bytes. */
static inline void weft__libc_reads(const void *address, size_t size, const void *pc)
{
    if (size != 0 && weft__by_program(pc)) {
        weft__saw(address, size, false, pc);
    }
}

static inline void weft__libc_writes(void *address, size_t size, const void *pc)
{
    if (size != 0 && weft__by_program(pc)) {
        weft__saw(address, size, true, pc);
    }
}

/* What a run cannot answer ends it, as a finding. */
static inline _Noreturn void weft__libc_refuse(const char *message, const void *pc)
{
    weft__die(weft__self(), WEFT__END_FATAL, pc, message);
}

/* A function of libc that a run cannot answer. */
#define REFUSED(name, parameters, arguments, message)                                              \
    WRAP(int, name, parameters)                                                                    \
    {                                                                                              \
        if (WEFT__SIMULATED()) {                                                                   \
            weft__libc_refuse(message, PC);                                                        \
        }                                                                                          \
        return __real_##name arguments;                                                            \
    }

#endif
