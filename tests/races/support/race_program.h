/* race_program.h: the harness of a program with one data race, and (-DFIXED) its race-free twin.
 *
 *   RACE_MAIN(body)
 *
 * defines main, whose exit status says whether the verdict on body is right. The two lines that
 * race end with the comment RACE; one line only if it races with itself. The racy form must be
 * found, with these two lines and no others; the fixed form must come out clean. A racy form
 * without a marked line has another failure than a data race, which the simulator must find.
 *
 *   race_simulated.h  the judge is the simulator
 *   race_referee.h    (-DRACE_REFEREE) the judge is ThreadSanitizer, with the runtime. Where it
 *                     cannot know better the program says so: "TSan: cannot see, because ..." (the
 *                     racy form) or "TSan: false alarm, because ..." (the fixed form). Neither is
 *                     then a test of the referee's.
 *
 * INVARIANTS
 *   - Programs wait for their goroutines only where it is the point: both judges wait for all.
 *   - They release nothing: each run has a process of its own, or is cleaned up by the simulator.
 *   - body's argument is an array of four ints in the frame of main. */
#ifndef WEFT_TESTS_RACE_PROGRAM_H
#define WEFT_TESTS_RACE_PROGRAM_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weft.h>

#include "../../support/opaque.h"

#ifdef FIXED
#define RACE_FIXED true
#else
#define RACE_FIXED false
#endif

#define RACE_MAIN(body)                                                                            \
    int main(void)                                                                                 \
    {                                                                                              \
        int locals[4] = {0};                                                                       \
        return race_main(__BASE_FILE__, body, locals);                                             \
    }

/* The mutex that the fixed form holds and the racy form does without. */
static inline void race_lock(weft_mutex *mutex)
{
    if (RACE_FIXED) {
        weft_mutex_lock(mutex);
    }
}

static inline void race_unlock(weft_mutex *mutex)
{
    if (RACE_FIXED) {
        weft_mutex_unlock(mutex);
    }
}

/* ---- For the judges: which lines race ---- */

typedef struct race_marks {
    char name[64]; /* of the program: its file without ".c" */
    int lines[2];
    int count;
} race_marks;

static inline void race_read_marks(const char *file, race_marks *ret_marks)
{
    const char *const slash = strrchr(file, '/');
    race_marks marks = {.count = 0};
    (void)snprintf(marks.name, sizeof marks.name, "%s", slash == NULL ? file : slash + 1);
    marks.name[strcspn(marks.name, ".")] = '\0';
    FILE *const source = fopen(file, "r");
    if (source == NULL) {
        perror(file);
        exit(EXIT_FAILURE);
    }
    char text[256];
    for (int line = 1; fgets(text, sizeof text, source) != NULL; line++) {
        if (strstr(text, "/* RACE */\n") == NULL) {
            continue;
        }
        if (marks.count == 2) {
            (void)fprintf(stderr, "%s:%d: a third line that races\n", file, line);
            exit(EXIT_FAILURE);
        }
        marks.lines[marks.count++] = line;
    }
    (void)fclose(source);
    *ret_marks = marks;
}

/* The line in "directory/name.c:line:column"; 0 if the text has no line of the program. */
static inline int race_line(const race_marks *marks, const char *text)
{
    char file[72];
    (void)snprintf(file, sizeof file, "%s.c:", marks->name);
    const char *const found = strstr(text, file);
    const bool whole = found == text || (found != NULL && (found[-1] == '/' || found[-1] == ' '));
    return whole ? (int)strtol(found + strlen(file), NULL, 10) : 0;
}

static inline bool race_is_marked(const race_marks *marks, int one, int other)
{
    const int first = marks->lines[0];
    const int second = marks->lines[marks->count == 2 ? 1 : 0];
    return marks->count > 0 &&
           ((one == first && other == second) || (one == second && other == first));
}

#ifdef RACE_REFEREE
#include "race_referee.h"
#else
#include "race_simulated.h"
#endif

#endif
