/* captured.h: something in a child process, one of whose outputs is read back. */
#ifndef WEFT_TEST_CAPTURED_H
#define WEFT_TEST_CAPTURED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct outcome {
    int status;
    char text[4096];
} outcome;

/* Sets the variables, ends with status 0 if `body` returns 0, and with 1 if not. The text is what
 * goes to `output`, a file descriptor. */
static inline outcome run_in_child(int (*body)(void), int output, const char *const (*variables)[2],
                                   size_t count)
{
    outcome o = {0};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    (void)fflush(NULL);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(ends[0]);
        (void)dup2(ends[1], output);
        (void)close(ends[1]);
        for (size_t i = 0; i < count; i++) {
            (void)setenv(variables[i][0], variables[i][1], 1);
        }
        exit(body() == 0 ? 0 : 1);
    }
    (void)close(ends[1]);
    size_t used = 0;
    ssize_t got = 0;
    while ((got = read(ends[0], o.text + used, sizeof o.text - 1 - used)) > 0) {
        used += (size_t)got;
    }
    (void)close(ends[0]);
    assert_int_equal(waitpid(child, &o.status, 0), child);
    return o;
}

#endif
