/* base64.c: see base64.h. */
#include "base64.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void weft__base64_write(const void *bytes, size_t size, char *into)
{
    const unsigned char *const in = bytes;
    for (size_t i = 0; i < size; i += 3) {
        unsigned group = 0;
        for (size_t k = 0; k < 3; k++) {
            group = group << 8 | (i + k < size ? in[i + k] : 0);
        }
        const size_t count = size - i < 3 ? size - i + 1 : 4;
        for (size_t k = 0; k < count; k++) {
            *into++ = digits[group >> (18 - 6 * k) & 63];
        }
    }
    *into = '\0';
}

bool weft__base64_read(const char *text, void *into, size_t *ret_size)
{
    unsigned char *const bytes = into;
    size_t size = 0;
    unsigned group = 0;
    unsigned bits = 0;
    for (; *text != '\0'; text++) {
        const char *const digit = strchr(digits, *text);
        if (digit == NULL) {
            return false;
        }
        group = group << 6 | (unsigned)(digit - digits);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes[size++] = (unsigned char)(group >> bits & 0xff);
        }
    }
    *ret_size = size;
    return true;
}
