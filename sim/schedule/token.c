/* token.c: "weft1:" and the text form without steps in base64url. See store.h. */
#include <stdlib.h>
#include <string.h>

#include "../memory.h"
#include "store.h"

static const char prefix[] = "weft1:";
static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

enum { PREFIX_SIZE = sizeof prefix - 1 };

static char *encode(const char *bytes, size_t size)
{
    char *const token = weft__grow(NULL, PREFIX_SIZE + (size + 2) / 3 * 4 + 1);
    char *out = token + PREFIX_SIZE;
    memcpy(token, prefix, PREFIX_SIZE);
    for (size_t i = 0; i < size; i += 3) {
        unsigned group = 0;
        for (size_t k = 0; k < 3; k++) {
            group = group << 8 | (i + k < size ? (unsigned char)bytes[i + k] : 0);
        }
        const size_t count = size - i < 3 ? size - i + 1 : 4;
        for (size_t k = 0; k < count; k++) {
            *out++ = digits[group >> (18 - 6 * k) & 63];
        }
    }
    *out = '\0';
    return token;
}

char *weft__token_make(const weft__schedule *schedule)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const memory = open_memstream(&text, &size);
    if (memory == NULL) {
        weft__no_memory();
    }
    weft__schedule_write(schedule, false, memory);
    if (fclose(memory) != 0) {
        weft__no_memory();
    }
    char *const token = encode(text, size);
    free(text);
    return token;
}

bool weft__token_is(const char *text)
{
    return strncmp(text, prefix, PREFIX_SIZE) == 0;
}

bool weft__token_open(const char *token, char **ret_text, size_t *ret_size)
{
    const char *in = token + PREFIX_SIZE;
    char *const text = weft__grow(NULL, strlen(in) + 1);
    size_t size = 0;
    unsigned group = 0;
    unsigned bits = 0;
    for (; *in != '\0'; in++) {
        const char *const digit = strchr(digits, *in);
        if (digit == NULL) {
            free(text);
            return false;
        }
        group = group << 6 | (unsigned)(digit - digits);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            text[size++] = (char)(group >> bits & 0xff);
        }
    }
    *ret_text = text;
    *ret_size = size;
    return true;
}
