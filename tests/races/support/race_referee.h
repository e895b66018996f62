/* race_referee.h: ThreadSanitizer judges a program of race_program.h, run by the runtime.
 *
 *   RACE_RUNS  runs of the fixed form (default 50); the racy form gets ten times as many to show
 *              its race
 *
 * Each run is a process of its own, forked before anything else runs. ThreadSanitizer takes what
 * one worker runs one after the other for ordered, so goroutines must meet on different workers:
 * each begins, and whoever starts one goes on, after a pause of its own, in which others are
 * stolen.
 *
 * INVARIANTS
 *   - The pauses synchronise nothing: neither do they use what others write. */
#ifndef WEFT_TESTS_RACE_REFEREE_H
#define WEFT_TESTS_RACE_REFEREE_H

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RACE_STATUS = 66, RACE_SECONDS = 20, RACE_PAUSE_NS = 400000 };

const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "halt_on_error=1:history_size=4";
}

static inline void race_pause(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    const uint64_t mixed = (uint64_t)now.tv_nsec * 0x9e3779b97f4a7c15U;
    const struct timespec pause = {.tv_nsec = (long)((mixed >> 32) % RACE_PAUSE_NS)};
    (void)nanosleep(&pause, NULL);
}

/* ---- Goroutines that pause first ---- */

typedef struct race_start {
    weft_fn *fn;
    void *arg;
} race_start;

static inline void race_begin(void *arg)
{
    const race_start start = *(const race_start *)arg;
    race_pause();
    start.fn(start.arg);
}

static inline int race_go(const char *name, weft_fn *fn, void *arg)
{
    race_start *const start = malloc(sizeof *start); /* released by the end of the process */
    *start = (race_start){fn, arg};
    const int error = weft_go_with(&(weft_go_options){.name = name}, race_begin, start);
    race_pause();
    return error;
}

#undef weft_go
#define weft_go(fn, arg) race_go(#fn, fn, arg)

/* ---- A run ---- */

static inline void race_body(void *arg)
{
    const race_start *const start = arg;
    start->fn(start->arg);
    weft_stats stats;
    do {
        const struct timespec pause = {.tv_nsec = 2 * RACE_PAUSE_NS};
        (void)nanosleep(&pause, NULL);
        weft_yield();
        weft_stats_read(&stats);
    } while (stats.goroutines > 1);
}

/* Run it in a process of its own, with what that has to say in text. Returns its exit status. */
static inline int race_run(const race_start *start, char *text, size_t size)
{
    int ends[2];
    if (pipe(ends) != 0) {
        perror("pipe");
        exit(EXIT_FAILURE);
    }
    const pid_t child = fork();
    if (child == 0) {
        (void)alarm(RACE_SECONDS);
        (void)dup2(ends[1], STDERR_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        const weft_options options = {.workers = 4};
        const int result = weft_run_with(&options, race_body, (void *)(uintptr_t)start);
        _exit(result == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    (void)close(ends[1]);
    size_t length = 0;
    char rest[4096];
    for (;;) {
        const bool full = length + 1 >= size;
        const ssize_t got =
            read(ends[0], full ? rest : text + length, full ? sizeof rest : size - length - 1);
        if (got <= 0) {
            break;
        }
        length += full ? 0 : (size_t)got;
    }
    text[length] = '\0';
    (void)close(ends[0]);
    int status = 0;
    (void)waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- The verdict ---- */

/* Whether the report has the two marked lines: each access with the innermost line of the
 * program. */
static inline bool race_reported(const race_marks *marks, char *text)
{
    int lines[2] = {0, 0};
    int accesses = 0;
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (strstr(line, "ead of size") != NULL || strstr(line, "rite of size") != NULL) {
            accesses++;
        } else if (accesses >= 1 && accesses <= 2 && lines[accesses - 1] == 0) {
            lines[accesses - 1] = race_line(marks, line);
        }
    }
    return accesses == 2 && race_is_marked(marks, lines[0], lines[1]);
}

static inline int race_main(const char *file, weft_fn *body, void *arg)
{
    race_marks marks;
    race_read_marks(file, &marks);
    const char *const wish = getenv("RACE_RUNS");
    const int runs = (wish == NULL ? 50 : atoi(wish)) * (RACE_FIXED ? 1 : 10);
    const race_start start = {body, arg};
    static char text[1 << 16], copy[1 << 16];
    for (int run = 1; run <= runs; run++) {
        const int status = race_run(&start, text, sizeof text);
        if (status == EXIT_SUCCESS) {
            continue;
        }
        (void)memcpy(copy, text, sizeof text);
        const bool right = !RACE_FIXED && status == RACE_STATUS && race_reported(&marks, copy);
        printf("%-20s %s  run %d: status %d%s\n%s", marks.name, RACE_FIXED ? "fixed" : "racy ", run,
               status, right ? "" : "  WRONG", right ? "" : text);
        return right ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    printf("%-20s %s  nothing in %d runs%s\n", marks.name, RACE_FIXED ? "fixed" : "racy ", runs,
           RACE_FIXED ? "" : "  WRONG");
    return RACE_FIXED ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
