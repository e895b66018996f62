/* libc_memory.c: functions of libc that read and write the program's memory, which no compiler's
 * callback tells of.
 *
 * INVARIANTS
 *   - What is read, or written as far as it is known beforehand, is told before it happens.
 *   - Without a string's end within its block the bytes told go beyond it, and are an error. */
#include <string.h>

#include "wrap.h"

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ---- Bytes ---- */

WRAP(void *, memcpy, (void *to, const void *from, size_t size))
{
    weft__libc_reads(from, size, PC);
    weft__libc_writes(to, size, PC);
    return __real_memcpy(to, from, size);
}

WRAP(void *, mempcpy, (void *to, const void *from, size_t size))
{
    weft__libc_reads(from, size, PC);
    weft__libc_writes(to, size, PC);
    return __real_mempcpy(to, from, size);
}

WRAP(void *, memmove, (void *to, const void *from, size_t size))
{
    weft__libc_reads(from, size, PC);
    weft__libc_writes(to, size, PC);
    return __real_memmove(to, from, size);
}

WRAP(void *, memset, (void *to, int byte, size_t size))
{
    weft__libc_writes(to, size, PC);
    return __real_memset(to, byte, size);
}

WRAP(int, memcmp, (const void *a, const void *b, size_t size))
{
    weft__libc_reads(a, size, PC);
    weft__libc_reads(b, size, PC);
    return __real_memcmp(a, b, size);
}

WRAP(int, bcmp, (const void *a, const void *b, size_t size))
{
    weft__libc_reads(a, size, PC);
    weft__libc_reads(b, size, PC);
    return __real_memcmp(a, b, size);
}

WRAP(void *, memchr, (const void *in, int byte, size_t size))
{
    char *const found = __real_memchr(in, byte, size);
    weft__libc_reads(in, found == NULL ? size : (size_t)(found + 1 - (const char *)in), PC);
    return found;
}

/* Clang's names for them, from version 15 on. */
void *__tsan_memcpy(void *to, const void *from, size_t size);
void *__tsan_memcpy(void *to, const void *from, size_t size)
{
    weft__libc_reads(from, size, PC);
    weft__libc_writes(to, size, PC);
    return __real_memcpy(to, from, size);
}

void *__tsan_memmove(void *to, const void *from, size_t size);
void *__tsan_memmove(void *to, const void *from, size_t size)
{
    weft__libc_reads(from, size, PC);
    weft__libc_writes(to, size, PC);
    return __real_memmove(to, from, size);
}

void *__tsan_memset(void *to, int byte, size_t size);
void *__tsan_memset(void *to, int byte, size_t size)
{
    weft__libc_writes(to, size, PC);
    return __real_memset(to, byte, size);
}

/* ---- Strings ---- */

WRAP(size_t, strlen, (const char *text))
{
    const size_t length = __real_strlen(text);
    weft__libc_reads(text, length + 1, PC);
    return length;
}

WRAP(size_t, strnlen, (const char *text, size_t max))
{
    const size_t length = __real_strnlen(text, max);
    weft__libc_reads(text, least(length + 1, max), PC);
    return length;
}

/* Copying `text` to `to`; so many bytes. */
static size_t copies(const char *to, const char *text, const void *pc)
{
    const size_t size = __real_strlen(text) + 1;
    weft__libc_reads(text, size, pc);
    weft__libc_writes((char *)to, size, pc);
    return size;
}

WRAP(char *, strcpy, (char *to, const char *text))
{
    return __real_memcpy(to, text, copies(to, text, PC));
}

WRAP(char *, stpcpy, (char *to, const char *text))
{
    const size_t size = copies(to, text, PC);
    return (char *)__real_memcpy(to, text, size) + size - 1;
}

WRAP(char *, strncpy, (char *to, const char *text, size_t size))
{
    weft__libc_reads(text, least(__real_strnlen(text, size) + 1, size), PC);
    weft__libc_writes(to, size, PC);
    return __real_strncpy(to, text, size);
}

WRAP(char *, strcat, (char *to, const char *text))
{
    const size_t length = __real_strlen(to);
    weft__libc_reads(to, length + 1, PC);
    (void)__real_memcpy(to + length, text, copies(to + length, text, PC));
    return to;
}

WRAP(char *, strncat, (char *to, const char *text, size_t max))
{
    const size_t length = __real_strlen(to);
    const size_t more = __real_strnlen(text, max);
    weft__libc_reads(to, length + 1, PC);
    weft__libc_reads(text, least(more + 1, max), PC);
    weft__libc_writes(to + length, more + 1, PC);
    return __real_strncat(to, text, max);
}

/* As far as two strings are compared. */
static void compares(const char *a, const char *b, size_t max, const void *pc)
{
    size_t length = 0;
    while (length < max && a[length] == b[length] && a[length] != '\0') {
        length++;
    }
    weft__libc_reads(a, least(length + 1, max), pc);
    weft__libc_reads(b, least(length + 1, max), pc);
}

WRAP(int, strcmp, (const char *a, const char *b))
{
    compares(a, b, SIZE_MAX, PC);
    return __real_strcmp(a, b);
}

WRAP(int, strncmp, (const char *a, const char *b, size_t max))
{
    compares(a, b, max, PC);
    return __real_strncmp(a, b, max);
}

static void reads_text(const char *text, const void *pc)
{
    weft__libc_reads(text, __real_strlen(text) + 1, pc);
}

WRAP(int, strcasecmp, (const char *a, const char *b))
{
    reads_text(a, PC);
    reads_text(b, PC);
    return __real_strcasecmp(a, b);
}

WRAP(char *, strchr, (const char *text, int byte))
{
    char *const found = __real_strchr(text, byte);
    weft__libc_reads(
        text, (size_t)(found == NULL ? __real_strlen(text) : (size_t)(found - text)) + 1, PC);
    return found;
}

WRAP(char *, strrchr, (const char *text, int byte))
{
    reads_text(text, PC);
    return __real_strrchr(text, byte);
}

WRAP(char *, strstr, (const char *text, const char *part))
{
    reads_text(text, PC);
    reads_text(part, PC);
    return __real_strstr(text, part);
}

WRAP(char *, strpbrk, (const char *text, const char *bytes))
{
    reads_text(text, PC);
    reads_text(bytes, PC);
    return __real_strpbrk(text, bytes);
}

WRAP(size_t, strspn, (const char *text, const char *bytes))
{
    reads_text(text, PC);
    reads_text(bytes, PC);
    return __real_strspn(text, bytes);
}

WRAP(size_t, strcspn, (const char *text, const char *bytes))
{
    reads_text(text, PC);
    reads_text(bytes, PC);
    return __real_strcspn(text, bytes);
}

/* What a tokenizer has come to, put back with the program's globals, as libc's own is not. */
WRAP(char *, strtok, (char *text, const char *separators))
{
    static char *rest;
    if (!weft__by_program(PC)) {
        return __real_strtok(text, separators);
    }
    if (text == NULL && rest == NULL) {
        return NULL;
    }
    const char *const from = text == NULL ? rest : text;
    weft__libc_writes((char *)from, __real_strlen(from) + 1, PC);
    return strtok_r(text, separators, &rest);
}

WRAP(char *, strtok_r, (char *text, const char *separators, char **rest))
{
    char *const from = text == NULL ? *rest : text;
    if (from != NULL) {
        weft__libc_writes(from, __real_strlen(from) + 1, PC);
    }
    return __real_strtok_r(text, separators, rest);
}

/* ---- Arrays: the comparison function of bsearch is the program's and tells by itself ---- */

WRAP(void, qsort,
     (void *array, size_t count, size_t size, int (*compare)(const void *, const void *)))
{
    weft__libc_reads(array, count * size, PC);
    weft__libc_writes(array, count * size, PC);
    __real_qsort(array, count, size, compare);
}

/* ---- The same, with the size of the object that the compiler knows (_FORTIFY_SOURCE) ---- */

WRAP(void *, __memcpy_chk, (void *to, const void *from, size_t size, size_t room))
{
    weft__libc_reads(from, size, PC);
    weft__libc_writes(to, size, PC);
    return __real___memcpy_chk(to, from, size, room);
}

WRAP(void *, __mempcpy_chk, (void *to, const void *from, size_t size, size_t room))
{
    weft__libc_reads(from, size, PC);
    weft__libc_writes(to, size, PC);
    return __real___mempcpy_chk(to, from, size, room);
}

WRAP(void *, __memmove_chk, (void *to, const void *from, size_t size, size_t room))
{
    weft__libc_reads(from, size, PC);
    weft__libc_writes(to, size, PC);
    return __real___memmove_chk(to, from, size, room);
}

WRAP(void *, __memset_chk, (void *to, int byte, size_t size, size_t room))
{
    weft__libc_writes(to, size, PC);
    return __real___memset_chk(to, byte, size, room);
}

WRAP(char *, __strcpy_chk, (char *to, const char *text, size_t room))
{
    (void)copies(to, text, PC);
    return __real___strcpy_chk(to, text, room);
}

WRAP(char *, __stpcpy_chk, (char *to, const char *text, size_t room))
{
    (void)copies(to, text, PC);
    return __real___stpcpy_chk(to, text, room);
}

WRAP(char *, __strncpy_chk, (char *to, const char *text, size_t size, size_t room))
{
    weft__libc_reads(text, least(__real_strnlen(text, size) + 1, size), PC);
    weft__libc_writes(to, size, PC);
    return __real___strncpy_chk(to, text, size, room);
}

WRAP(char *, __strcat_chk, (char *to, const char *text, size_t room))
{
    const size_t length = __real_strlen(to);
    weft__libc_reads(to, length + 1, PC);
    (void)copies(to + length, text, PC);
    return __real___strcat_chk(to, text, room);
}

WRAP(char *, __strncat_chk, (char *to, const char *text, size_t max, size_t room))
{
    const size_t length = __real_strlen(to);
    const size_t more = __real_strnlen(text, max);
    weft__libc_reads(to, length + 1, PC);
    weft__libc_reads(text, least(more + 1, max), PC);
    weft__libc_writes(to + length, more + 1, PC);
    return __real___strncat_chk(to, text, max, room);
}
