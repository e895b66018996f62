/* token.c: "weft1:" and the text form without steps in base64url. See store.h. */
#include <stdlib.h>
#include <string.h>

#include "../memory.h"
#include "base64.h"
#include "store.h"

static const char prefix[] = "weft1:";

enum { PREFIX_SIZE = sizeof prefix - 1 };

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
    char *const token = weft__grow(NULL, PREFIX_SIZE + weft__base64_size(size));
    memcpy(token, prefix, PREFIX_SIZE);
    weft__base64_write(text, size, token + PREFIX_SIZE);
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
    if (!weft__base64_read(in, text, ret_size)) {
        free(text);
        return false;
    }
    *ret_text = text;
    return true;
}
