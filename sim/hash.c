/* hash.c: XXH3. */
#include "hash.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

weft__hash128 weft__hash_bytes(const void *bytes, size_t size)
{
    const XXH128_hash_t hash = XXH3_128bits(bytes, size);
    return (weft__hash128){.high = hash.high64, .low = hash.low64};
}

uint64_t weft__hash_text(const char *text)
{
    return XXH3_64bits(text, strlen(text));
}
