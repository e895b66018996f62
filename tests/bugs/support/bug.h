/* bug.h: the harness of a program with one known bug, in a buggy and (-DFIXED) a repaired form.
 *
 *   BUG_MAIN(kernel, LEAK({"g1", "mutex lock"}, {"g2", "channel send"}))
 *
 * defines main, which explores kernel with several seeds and prints one line. The buggy form must
 * be found, and what is found must be one of the outcomes listed; the fixed form must come out
 * clean. Exit status: 0 if so. An outcome lists exactly the goroutines that wait for ever, by name
 * (without the #n of several with one name) and reason; OTHERS allows more of them.
 *
 *   BUG_SEEDS      how many seeds (1, 2, ...), also as the first argument; default 3
 *   BUG_SCHEDULES  schedules of the fixed form; default 2000
 *   WEFT_SCHEDULES schedules of the buggy form; default 10 000
 *   WEFT_REPLAY, WEFT_REPORT  when set: one weft_run with its usual report instead
 *
 * Kernels release nothing: the simulator puts back globals and memory after each run.
 *
 * With -DBUG_FUZZ there is no main: what BUG_MAIN and BUG_COUNT are given is in the sections
 * bug_kernels and bug_counts, for the fuzz target of all kernels, tests/fuzz/kernels_fuzz.c. */
#ifndef WEFT_TESTS_BUG_H
#define WEFT_TESTS_BUG_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weft.h>
#include <weft/sim.h>

#include "../../support/opaque.h"

#ifdef FIXED
#define BUG_FIXED true
#else
#define BUG_FIXED false
#endif

enum { BUG_OUTCOMES_MAX = 4, BUG_GOROUTINES_MAX = 8 };

typedef struct bug_goroutine {
    const char *name;
    const char *reason; /* NULL: any */
} bug_goroutine;

typedef struct bug_outcome {
    weft_finding_kind kind;
    const char *message; /* must contain this; NULL: any */
    bug_goroutine goroutines[BUG_GOROUTINES_MAX];
} bug_outcome;

#define OTHERS                                                                                     \
    {                                                                                              \
        "...", NULL                                                                                \
    }
#define LEAK(...)                                                                                  \
    {                                                                                              \
        .kind = WEFT_FOUND_LEAK, .goroutines = { __VA_ARGS__ }                                     \
    }
#define DEADLOCK(...)                                                                              \
    {                                                                                              \
        .kind = WEFT_FOUND_DEADLOCK, .goroutines = { __VA_ARGS__ }                                 \
    }
#define RUNAWAY(...)                                                                               \
    {                                                                                              \
        .kind = WEFT_FOUND_RUNAWAY, .goroutines = { __VA_ARGS__ }                                  \
    }
#define FAILURE(of_kind, who, text)                                                                \
    {                                                                                              \
        .kind = of_kind, .message = text, .goroutines = { {who, NULL} }                            \
    }
#define CRASH(who) FAILURE(WEFT_FOUND_CRASH, who, NULL)
#define PANIC(who, text) FAILURE(WEFT_FOUND_PANIC, who, text)
#define ASSERTION(who, text) FAILURE(WEFT_FOUND_ASSERTION, who, text)

/* A data race of two goroutines, which only an instrumented program shows (-DPLAIN below): the
 * buggy form of one that shows nothing else is otherwise built but not a test
 * (tests/CMakeLists.txt), the fixed form is. */
#define RACE(one, other)                                                                           \
    {                                                                                              \
        .kind = WEFT_FOUND_DATA_RACE, .goroutines = { {one, NULL}, {other, NULL} }                 \
    }

/* With -DPLAIN the program is instrumented (weft::instrument): its accesses are plain C's, and
 * several things may be found in one exploration, which goes on after a data race. All must be as
 * listed. */
#ifdef PLAIN
#undef WEFT_READ
#undef WEFT_WRITE
#undef WEFT_UPDATE
#define WEFT_READ(variable) (variable)
#define WEFT_WRITE(variable, value) ((void)((variable) = (value)))
#define WEFT_UPDATE(variable, value) WEFT_WRITE(variable, value)
#define BUG_ATOMIC_LOAD(variable) __atomic_load_n(&(variable), __ATOMIC_SEQ_CST)
#define BUG_ATOMIC_STORE(variable, value) __atomic_store_n(&(variable), value, __ATOMIC_SEQ_CST)
#define BUG_ATOMIC_ADD(variable, n) ((void)__atomic_fetch_add(&(variable), n, __ATOMIC_SEQ_CST))
#else
#define BUG_ATOMIC_LOAD(variable) WEFT_READ(variable)
#define BUG_ATOMIC_STORE(variable, value) WEFT_WRITE(variable, value)
#define BUG_ATOMIC_ADD(variable, n) (weft_point(&(variable)), (void)((variable) += (n)))
#endif

/* BUG_COUNT(ROUNDS, 3);
 *
 * is a number that the logic of the kernel lets vary: a constant, and ROUNDS_MAX is another, as a
 * bound of arrays. Fuzzing draws it anew for each execution, from 1 to ROUNDS_MAX, which is twice
 * the usual number then. The function given to BUG_MAIN must be called kernel. */
#ifdef BUG_FUZZ
typedef struct bug_kernel {
    const char *file;
    weft_fn *run;
} bug_kernel;

typedef struct bug_count {
    weft_fn *kernel;
    int *count;
    int usual;
} bug_count;

#define BUG_SECTION(name) __attribute__((section(name), used, aligned(sizeof(void *))))
#define BUG_COUNT(name, usual)                                                                     \
    enum { name##_MAX = 2 * (usual) };                                                             \
    static int name = usual;                                                                       \
    static weft_fn kernel;                                                                         \
    static const bug_count bug_count_of_##name BUG_SECTION("bug_counts") = {kernel, &name, usual}
#define BUG_MAIN(kernel, ...)                                                                      \
    static const bug_kernel bug_this BUG_SECTION("bug_kernels") = {__BASE_FILE__, kernel};
#else
#define BUG_COUNT(name, usual) enum { name = (usual), name##_MAX = (usual) }
#define BUG_MAIN(kernel, ...)                                                                      \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        static const bug_outcome outcomes[BUG_OUTCOMES_MAX] = {__VA_ARGS__};                       \
        return bug_main(argc > 1 ? argv[1] : getenv("BUG_SEEDS"), __BASE_FILE__, kernel,           \
                        outcomes);                                                                 \
    }
#endif

/* The mutex that the fixed form holds and the buggy form does without. */
static inline void bug_lock(weft_mutex *mutex)
{
    if (BUG_FIXED) {
        weft_mutex_lock(mutex);
    }
}

static inline void bug_unlock(weft_mutex *mutex)
{
    if (BUG_FIXED) {
        weft_mutex_unlock(mutex);
    }
}

static inline uint64_t bug_number(const char *text, uint64_t otherwise)
{
    return text == NULL || text[0] == '\0' ? otherwise : strtoull(text, NULL, 10);
}

static inline bool bug_is(const weft_finding_goroutine *found, const bug_goroutine *wanted)
{
    const size_t length = strcspn(found->name, "#");
    return length == strlen(wanted->name) && memcmp(found->name, wanted->name, length) == 0 &&
           (wanted->reason == NULL || strcmp(found->reason, wanted->reason) == 0);
}

/* Whether each wanted goroutine is another one of those found, and none is left over. */
static inline bool bug_waits(const bug_outcome *outcome, const weft_finding *finding)
{
    bool taken[64] = {false};
    size_t found = 0;
    for (size_t i = 0; i < BUG_GOROUTINES_MAX && outcome->goroutines[i].name != NULL; i++) {
        if (strcmp(outcome->goroutines[i].name, "...") == 0) {
            return true;
        }
        size_t k = 0;
        while (k < finding->goroutine_count && k < sizeof taken &&
               (taken[k] || !bug_is(&finding->goroutines[k], &outcome->goroutines[i]))) {
            k++;
        }
        if (k == finding->goroutine_count || k == sizeof taken) {
            return false;
        }
        taken[k] = true;
        found++;
    }
    return found == finding->goroutine_count;
}

static inline bool bug_expected(const bug_outcome *outcomes, const weft_finding *finding)
{
    for (size_t i = 0; i < BUG_OUTCOMES_MAX && outcomes[i].kind != WEFT_FOUND_NOTHING; i++) {
        const char *const text = outcomes[i].message;
        if (outcomes[i].kind == finding->kind && bug_waits(&outcomes[i], finding) &&
            (text == NULL || strstr(finding->message, text) != NULL)) {
            return true;
        }
    }
    return false;
}

static inline void bug_explain(const weft_finding *finding)
{
    printf("\n  not as expected: %s: %s\n", weft_finding_kind_name(finding->kind),
           finding->message);
    for (size_t i = 0; i < finding->goroutine_count; i++) {
        const weft_finding_goroutine *const g = &finding->goroutines[i];
        printf("    %s  %s  %s  %s\n", g->name, g->reason, g->object, g->place);
    }
    printf("  WEFT_REPLAY=%s\n", finding->token == NULL ? "" : finding->token);
}

/* Explore with one seed; prints what was found, and returns whether that is right. */
static inline bool bug_try(const weft_options *options, weft_fn *kernel,
                           const bug_outcome *outcomes)
{
    weft_result result;
    if (weft_explore(options, kernel, NULL, &result) < 0) {
        return false;
    }
    bool right = (result.finding_count == 0) == BUG_FIXED;
    if (result.finding_count == 0) {
        printf("  clean in %llu", (unsigned long long)result.runs);
    }
    for (size_t i = 0; i < result.finding_count; i++) {
        const weft_finding *const finding = &result.findings[i];
        if (!BUG_FIXED && bug_expected(outcomes, finding)) {
            printf("  %s at %llu", weft_finding_kind_name(finding->kind),
                   (unsigned long long)finding->run + 1);
        } else {
            bug_explain(finding);
            right = false;
        }
    }
    weft_result_clear(&result);
    return right;
}

static inline int bug_main(const char *seeds, const char *file, weft_fn *kernel,
                           const bug_outcome *outcomes)
{
    const char *const slash = strrchr(file, '/');
    char name[64];
    (void)snprintf(name, sizeof name, "%s", slash == NULL ? file : slash + 1);
    name[strcspn(name, ".")] = '\0';
    weft_options options = {
        .name = name,
        .schedules = BUG_FIXED ? bug_number(getenv("BUG_SCHEDULES"), 2000)
                               : bug_number(getenv("WEFT_SCHEDULES"), 10000),
        .time_ns = WEFT_NEVER,
    };
    if (getenv("WEFT_REPLAY") != NULL || getenv("WEFT_REPORT") != NULL) {
        return weft_run_with(&options, kernel, NULL) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    bool right = true;
    printf("%-18s %s", name, BUG_FIXED ? "fixed" : "buggy");
    for (options.seed = 1; options.seed <= bug_number(seeds, 3); options.seed++) {
        right = bug_try(&options, kernel, outcomes) && right;
    }
    printf("%s\n", right ? "" : "  WRONG");
    return right ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
