/* base64.h: bytes as letters, digits, - and _ (base64url, RFC 4648), without padding. */
#ifndef WEFT_SIM_BASE64_H
#define WEFT_SIM_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* Room for `size` bytes as text, with its end. */
static inline size_t weft__base64_size(size_t size)
{
    return (size + 2) / 3 * 4 + 1;
}

void weft__base64_write(const void *bytes, size_t size, char *into);

/* false: it is something else. `into` has room for as many bytes as the text has letters; it may be
 * the text. */
bool weft__base64_read(const char *text, void *into, size_t *ret_size);

#endif
