/* child.h: run a function in a child process: its exit status and what it says on stderr. */
#ifndef WEFT_TESTS_RUNTIME_CHILD_H
#define WEFT_TESTS_RUNTIME_CHILD_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* A sanitizer has mappings and signal handlers of its own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = true };
#elif defined(__has_feature)
enum { SANITIZED = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) };
#else
enum { SANITIZED = false };
#endif

typedef struct child {
    int status; /* as of waitpid */
    char said[16384];
} child;

/* The child exits with what `body` returns. */
static inline void child_run(child *ret_child, int (*body)(const void *arg), const void *arg)
{
    int ends[2];
    if (pipe(ends) != 0) {
        abort();
    }
    const pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        (void)close(ends[0]);
        _exit(body(arg));
    }
    (void)close(ends[1]);
    size_t size = 0;
    ssize_t n = 0;
    while (size < sizeof ret_child->said - 1 &&
           (n = read(ends[0], ret_child->said + size, sizeof ret_child->said - 1 - size)) > 0) {
        size += (size_t)n;
    }
    ret_child->said[size] = '\0';
    (void)close(ends[0]);
    (void)waitpid(pid, &ret_child->status, 0);
}

static inline int child_exit(const child *c)
{
    return WIFEXITED(c->status) ? WEXITSTATUS(c->status) : -WTERMSIG(c->status);
}

/* In a child: from here on it gets so many more bytes of memory. Returns 0, or the status to exit
 * with: CHILD_NO_LIMITS under an emulator that takes a limit and forgets it, as qemu-user does. */
enum { CHILD_NO_LIMITS = 77 };
static inline int child_limit_memory(size_t more)
{
    char text[64] = "";
    FILE *const file = fopen("/proc/self/statm", "r");
    const bool known = file != NULL && fgets(text, sizeof text, file) != NULL;
    if (file != NULL) {
        (void)fclose(file);
    }
    const rlim_t used = strtoul(text, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE);
    const struct rlimit limit = {used + more, used + more};
    struct rlimit set = {0};
    if (!known || setrlimit(RLIMIT_AS, &limit) != 0 || getrlimit(RLIMIT_AS, &set) != 0) {
        return 1;
    }
    return set.rlim_cur == limit.rlim_cur ? 0 : CHILD_NO_LIMITS;
}

#endif
