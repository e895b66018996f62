/* bits.h: the value of an atomic variable of any size that there is, from 1 to 16 bytes. */
#ifndef WEFT_SIM_BITS_H
#define WEFT_SIM_BITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

__extension__ typedef unsigned __int128 weft__bits;

/* Both architectures have low bytes first. */
static inline weft__bits weft__bits_fetch(const volatile void *address, size_t size)
{
    weft__bits value = 0;
    memcpy(&value, (const void *)(uintptr_t)address, size);
    return value;
}

static inline void weft__bits_put(volatile void *address, size_t size, weft__bits value)
{
    memcpy((void *)(uintptr_t)address, &value, size);
}

/* What is left of it in a variable of this size. */
static inline weft__bits weft__bits_cut(weft__bits value, size_t size)
{
    return weft__bits_fetch(&value, size);
}

#endif
