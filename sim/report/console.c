/* console.c: see console.h. */
#include "console.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <weft.h>

static int stdout_before WEFT_KEEP = -1;

void weft__console_error(const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    (void)fprintf(stderr, "weft: %s\n", line);
}

_Noreturn void weft__console_die(const char *message)
{
    weft__console_unmute();
    (void)fflush(stdout);
    weft__console_error("%s", message);
    _exit(2);
}

void weft__console_mute(void)
{
    (void)fflush(stdout);
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    stdout_before = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (nowhere < 0 || stdout_before < 0) {
        (void)close(stdout_before);
        stdout_before = -1; /* loud, then */
    } else {
        (void)dup2(nowhere, STDOUT_FILENO);
    }
    (void)close(nowhere);
}

void weft__console_unmute(void)
{
    if (stdout_before < 0) {
        return;
    }
    (void)fflush(stdout);
    (void)dup2(stdout_before, STDOUT_FILENO);
    (void)close(stdout_before);
    stdout_before = -1;
}
