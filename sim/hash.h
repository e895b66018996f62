/* hash.h: mixing numbers into names, and hashing what happened. */
#ifndef WEFT_SIM_HASH_H
#define WEFT_SIM_HASH_H

#include <stddef.h>
#include <stdint.h>

/* A name made of two others, in this order. */
static inline uint64_t weft__mix(uint64_t a, uint64_t b)
{
    uint64_t h = a * UINT64_C(0x9e3779b97f4a7c15) ^ b;
    h = (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
    h = (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return h ^ h >> 32;
}

typedef struct weft__hash128 {
    uint64_t high;
    uint64_t low;
} weft__hash128;

weft__hash128 weft__hash_bytes(const void *bytes, size_t size); /* hash.c: XXH3, 128 bit */
uint64_t weft__hash_text(const char *text);                     /* XXH3, 64 bit */

#endif
