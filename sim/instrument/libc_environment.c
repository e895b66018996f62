/* libc_environment.c: the environment, as runs change it: for themselves only.
 *
 * INVARIANTS
 *   - libc's environment is that of before the exploration, all the time. What a run changes lies
 *     on top of it, in the heap and the globals that are dropped and put back when the run ends.
 *   - Within a run the last change of a name is the one that counts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "heap/heap.h"
#include "malloc.h"
#include "wrap.h"

typedef struct weft__change {
    struct weft__change *older;
    char *name;        /* NULL: everything older is gone */
    char *value;       /* NULL: there is none any more */
    const char *given; /* putenv's string itself: "NAME=value"; its value is what it says now */
} weft__change;

static struct {
    weft__change *newest;
    uint64_t epoch; /* the run that they belong to */
} changes;

static weft__change *newest(void)
{
    return changes.epoch == weft__the_heap.epoch ? changes.newest : NULL;
}

static char *text_copy(const char *text, size_t length, const void *frame)
{
    char *const copied = weft__heap_alloc(length + 1, 1, frame);
    if (copied != NULL) {
        memcpy(copied, text, length);
        copied[length] = '\0';
    }
    return copied;
}

/* A change of this name, of which `length` characters count. */
static int add(const char *name, size_t length, const char *value, const char *given,
               const void *frame)
{
    weft__change *const change = weft__heap_alloc(sizeof *change, sizeof(void *), frame);
    if (change == NULL) {
        return -1;
    }
    *change = (weft__change){.older = newest(), .given = given};
    change->name = name == NULL ? NULL : text_copy(name, length, frame);
    change->value = value == NULL ? NULL : text_copy(value, strlen(value), frame);
    if ((name != NULL && change->name == NULL) || (value != NULL && change->value == NULL)) {
        return -1;
    }
    changes.newest = change;
    changes.epoch = weft__the_heap.epoch;
    return 0;
}

static char *value_of(const char *name, char *real(const char *name))
{
    for (const weft__change *change = newest(); change != NULL; change = change->older) {
        if (change->name == NULL) {
            return NULL;
        }
        if (strcmp(change->name, name) == 0) {
            return change->given != NULL ? (char *)change->given + strlen(name) + 1 : change->value;
        }
    }
    return real(name);
}

static bool is_name(const char *name)
{
    if (name == NULL || name[0] == '\0' || strchr(name, '=') != NULL) {
        errno = EINVAL;
        return false;
    }
    return true;
}

WRAP(char *, getenv, (const char *name))
{
    return WEFT__SIMULATED() ? value_of(name, __real_getenv) : __real_getenv(name);
}

WRAP(char *, secure_getenv, (const char *name))
{
    return WEFT__SIMULATED() ? value_of(name, __real_secure_getenv) : __real_secure_getenv(name);
}

WRAP(int, setenv, (const char *name, const char *value, int overwrite))
{
    if (!WEFT__SIMULATED()) {
        return __real_setenv(name, value, overwrite);
    }
    if (!is_name(name)) {
        return -1;
    }
    if (overwrite == 0 && value_of(name, __real_getenv) != NULL) {
        return 0;
    }
    return add(name, strlen(name), value, NULL, FRAME);
}

WRAP(int, unsetenv, (const char *name))
{
    if (!WEFT__SIMULATED()) {
        return __real_unsetenv(name);
    }
    return is_name(name) ? add(name, strlen(name), NULL, NULL, FRAME) : -1;
}

WRAP(int, putenv, (char *text))
{
    if (!WEFT__SIMULATED()) {
        return __real_putenv(text);
    }
    const char *const equals = strchr(text, '=');
    const size_t length = equals == NULL ? strlen(text) : (size_t)(equals - text);
    return add(text, length, NULL, equals == NULL ? NULL : text, FRAME);
}

WRAP(int, clearenv, (void))
{
    return WEFT__SIMULATED() ? add(NULL, 0, NULL, NULL, FRAME) : __real_clearenv();
}
