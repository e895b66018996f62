/* libc_stdio.c: input and output by libc from and to the program's memory, and the memory that libc
 * allocates for the program.
 *
 * INVARIANTS
 *   - What libc gives the program to free is copied to memory from sim/heap, where the program's
 *     own allocations come from. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "malloc.h"
#include "wrap.h"

/* ---- Formatting ---- */

/* So many bytes were printed, terminated if there is room: tell. */
static int printed(char *to, size_t room, int length, const void *pc)
{
    if (length >= 0) {
        weft__libc_writes(to, (size_t)length < room ? (size_t)length + 1 : room, pc);
    }
    return length;
}

WRAP(int, vsnprintf, (char *to, size_t room, const char *format, va_list args))
{
    return printed(to, room, __real_vsnprintf(to, room, format, args), PC);
}

WRAP(int, snprintf, (char *to, size_t room, const char *format, ...))
{
    va_list args;
    va_start(args, format);
    const int length = __real_vsnprintf(to, room, format, args);
    va_end(args);
    return printed(to, room, length, PC);
}

WRAP(int, vsprintf, (char *to, const char *format, va_list args))
{
    return printed(to, SIZE_MAX, __real_vsprintf(to, format, args), PC);
}

WRAP(int, sprintf, (char *to, const char *format, ...))
{
    va_list args;
    va_start(args, format);
    const int length = __real_vsprintf(to, format, args);
    va_end(args);
    return printed(to, SIZE_MAX, length, PC);
}

int __real___vsnprintf_chk(char *to, size_t room, int flag, size_t size, const char *format,
                           va_list args);
WRAP(int, __snprintf_chk, (char *to, size_t room, int flag, size_t size, const char *format, ...))
{
    va_list args;
    va_start(args, format);
    const int length = __real___vsnprintf_chk(to, room, flag, size, format, args);
    va_end(args);
    return printed(to, room, length, PC);
}

WRAP(int, __vsnprintf_chk,
     (char *to, size_t room, int flag, size_t size, const char *format, va_list args))
{
    return printed(to, room, __real___vsnprintf_chk(to, room, flag, size, format, args), PC);
}

int __real___vsprintf_chk(char *to, int flag, size_t size, const char *format, va_list args);
WRAP(int, __sprintf_chk, (char *to, int flag, size_t size, const char *format, ...))
{
    va_list args;
    va_start(args, format);
    const int length = __real___vsprintf_chk(to, flag, size, format, args);
    va_end(args);
    return printed(to, SIZE_MAX, length, PC);
}

WRAP(int, __vsprintf_chk, (char *to, int flag, size_t size, const char *format, va_list args))
{
    return printed(to, SIZE_MAX, __real___vsprintf_chk(to, flag, size, format, args), PC);
}

/* ---- Buffers ---- */

static ssize_t got(void *buffer, ssize_t size, const void *pc)
{
    if (size > 0) {
        weft__libc_writes(buffer, (size_t)size, pc);
    }
    return size;
}

WRAP(ssize_t, read, (int fd, void *buffer, size_t size))
{
    return got(buffer, __real_read(fd, buffer, size), PC);
}

WRAP(ssize_t, pread, (int fd, void *buffer, size_t size, off_t at))
{
    return got(buffer, __real_pread(fd, buffer, size, at), PC);
}

WRAP(ssize_t, recv, (int fd, void *buffer, size_t size, int flags))
{
    return got(buffer, __real_recv(fd, buffer, size, flags), PC);
}

/* Their names where off_t has been chosen to have 64 bits. */
WRAP(ssize_t, pread64, (int fd, void *buffer, size_t size, off64_t at))
{
    return got(buffer, __real_pread64(fd, buffer, size, at), PC);
}

WRAP(ssize_t, pwrite64, (int fd, const void *buffer, size_t size, off64_t at))
{
    weft__libc_reads(buffer, size, PC);
    return __real_pwrite64(fd, buffer, size, at);
}

WRAP(ssize_t, write, (int fd, const void *buffer, size_t size))
{
    weft__libc_reads(buffer, size, PC);
    return __real_write(fd, buffer, size);
}

WRAP(ssize_t, pwrite, (int fd, const void *buffer, size_t size, off_t at))
{
    weft__libc_reads(buffer, size, PC);
    return __real_pwrite(fd, buffer, size, at);
}

WRAP(ssize_t, send, (int fd, const void *buffer, size_t size, int flags))
{
    weft__libc_reads(buffer, size, PC);
    return __real_send(fd, buffer, size, flags);
}

WRAP(size_t, fread, (void *buffer, size_t size, size_t count, FILE *file))
{
    const size_t read = __real_fread(buffer, size, count, file);
    weft__libc_writes(buffer, read * size, PC);
    return read;
}

/* With the size of the object that the compiler knows (_FORTIFY_SOURCE). */
WRAP(ssize_t, __read_chk, (int fd, void *buffer, size_t size, size_t room))
{
    return got(buffer, __real___read_chk(fd, buffer, size, room), PC);
}

WRAP(size_t, __fread_chk, (void *buffer, size_t room, size_t size, size_t count, FILE *file))
{
    const size_t read = __real___fread_chk(buffer, room, size, count, file);
    weft__libc_writes(buffer, read * size, PC);
    return read;
}

WRAP(char *, __fgets_chk, (char *buffer, size_t room, int size, FILE *file))
{
    char *const line = __real___fgets_chk(buffer, room, size, file);
    if (line != NULL) {
        weft__libc_writes(line, strlen(line) + 1, PC);
    }
    return line;
}

WRAP(size_t, fwrite, (const void *buffer, size_t size, size_t count, FILE *file))
{
    weft__libc_reads(buffer, size * count, PC);
    return __real_fwrite(buffer, size, count, file);
}

WRAP(char *, fgets, (char *buffer, int size, FILE *file))
{
    char *const line = __real_fgets(buffer, size, file);
    if (line != NULL) {
        weft__libc_writes(line, strlen(line) + 1, PC);
    }
    return line;
}

WRAP(int, fputs, (const char *text, FILE *file))
{
    weft__libc_reads(text, strlen(text) + 1, PC);
    return __real_fputs(text, file);
}

WRAP(int, puts, (const char *text))
{
    weft__libc_reads(text, strlen(text) + 1, PC);
    return __real_puts(text);
}

/* ---- What the program is given to free ---- */

static char *copy(const char *text, size_t length, const void *pc, const void *frame)
{
    char *const copied = weft__program_alloc(length + 1, pc, frame);
    if (copied != NULL) {
        memcpy(copied, text, length);
        copied[length] = '\0';
    }
    return copied;
}

WRAP(char *, strdup, (const char *text))
{
    const size_t length = strlen(text);
    weft__libc_reads(text, length + 1, PC);
    return copy(text, length, PC, FRAME);
}

WRAP(char *, strndup, (const char *text, size_t max))
{
    const size_t length = strnlen(text, max);
    weft__libc_reads(text, length < max ? length + 1 : max, PC);
    return copy(text, length, PC, FRAME);
}

static int print_new(char **ret_text, const char *format, va_list args, const void *pc,
                     const void *frame)
{
    va_list again;
    va_copy(again, args);
    const int length = __real_vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *const text = length < 0 ? NULL : weft__program_alloc((size_t)length + 1, pc, frame);
    if (text == NULL) {
        return -1;
    }
    *ret_text = text;
    return __real_vsnprintf(text, (size_t)length + 1, format, args);
}

WRAP(int, vasprintf, (char **ret_text, const char *format, va_list args))
{
    return print_new(ret_text, format, args, PC, FRAME);
}

WRAP(int, asprintf, (char **ret_text, const char *format, ...))
{
    va_list args;
    va_start(args, format);
    const int length = print_new(ret_text, format, args, PC, FRAME);
    va_end(args);
    return length;
}

WRAP(int, __vasprintf_chk, (char **ret_text, int flag, const char *format, va_list args))
{
    (void)flag;
    return print_new(ret_text, format, args, PC, FRAME);
}

WRAP(int, __asprintf_chk, (char **ret_text, int flag, const char *format, ...))
{
    (void)flag;
    va_list args;
    va_start(args, format);
    const int length = print_new(ret_text, format, args, PC, FRAME);
    va_end(args);
    return length;
}

ssize_t __real_getdelim(char **line, size_t *size, int delimiter, FILE *file);
ssize_t __wrap_getdelim(char **line, size_t *size, int delimiter, FILE *file);

static ssize_t get_line(char **line, size_t *size, int delimiter, FILE *file, const void *pc,
                        const void *frame)
{
    char *text = NULL;
    size_t room = 0;
    const ssize_t length = __real_getdelim(&text, &room, delimiter, file);
    const size_t needed = length < 0 ? 1 : (size_t)length + 1;
    if (*line == NULL || *size < needed) {
        char *const grown = weft__program_resize(*line, needed < 120 ? 120 : needed, pc, frame);
        if (grown == NULL) {
            weft__libc_free(text);
            return -1;
        }
        *line = grown;
        *size = needed < 120 ? 120 : needed;
    }
    if (length >= 0) {
        weft__libc_writes(*line, needed, pc);
        memcpy(*line, text, needed);
    }
    weft__libc_free(text);
    return length;
}

/* What getline and getdelim are to programs that glibc's headers were optimised for. */
ssize_t __wrap___getdelim(char **line, size_t *size, int delimiter, FILE *file);
ssize_t __wrap___getdelim(char **line, size_t *size, int delimiter, FILE *file)
{
    return get_line(line, size, delimiter, file, PC, FRAME);
}

ssize_t __wrap_getdelim(char **line, size_t *size, int delimiter, FILE *file)
{
    return get_line(line, size, delimiter, file, PC, FRAME);
}

WRAP(ssize_t, getline, (char **line, size_t *size, FILE *file))
{
    return get_line(line, size, '\n', file, PC, FRAME);
}

WRAP(char *, realpath, (const char *path, char *into))
{
    char *const real = __real_realpath(path, into);
    if (into != NULL || real == NULL || !weft__by_program(PC)) {
        return real;
    }
    char *const text = copy(real, strlen(real), PC, FRAME);
    weft__libc_free(real);
    return text;
}
