/* variable.c: see variable.h. */
#include "variable.h"

#include <errno.h>
#include <stdlib.h>

#include "report/console.h"

const char *weft__variable(const char *name)
{
    const char *const value = getenv(name);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

int weft__variable_reject(const char *name, const char *value, const char *wanted)
{
    weft__console_error("%s=\"%.80s\": %s", name, value, wanted);
    return -EINVAL;
}

bool weft__number_parse(const char *text, uint64_t *ret_number, const char **ret_rest)
{
    if (text[0] < '0' || text[0] > '9') {
        return false;
    }
    char *rest = NULL;
    errno = 0;
    const unsigned long long number = strtoull(text, &rest, 10);
    if (errno != 0) {
        return false;
    }
    *ret_number = number;
    *ret_rest = rest;
    return true;
}
