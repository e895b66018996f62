/* opaque.h: what keeps a compiler from leaving out accesses that a test is about.
 *
 * INVARIANTS
 *   - Nothing here synchronises, or reads or writes memory when the program runs. */
#ifndef WEFT_TESTS_OPAQUE_H
#define WEFT_TESTS_OPAQUE_H

#include <stddef.h>

/* The value is needed. */
static inline void opaque_use(long value)
{
    __asm__ volatile("" : : "r"(value));
}

/* From here on others may read and write what is there. */
static inline void opaque_escape(const void *address)
{
    __asm__ volatile("" : : "r"(address) : "memory");
}

/* The same size, which the compiler does not know. */
static inline size_t opaque_size(size_t size)
{
    __asm__ volatile("" : "+r"(size));
    return size;
}

#endif
