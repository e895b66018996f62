/* race_simulated.h: the simulator judges a program of race_program.h.
 *
 *   WEFT_SCHEDULES  how many; default 1000
 *   WEFT_REPLAY, WEFT_REPORT  when set: one weft_run with its usual report instead
 *
 * INVARIANTS
 *   - Every finding must be the marked race, and there must be one. */
#ifndef WEFT_TESTS_RACE_SIMULATED_H
#define WEFT_TESTS_RACE_SIMULATED_H

#include <weft/sim.h>

static inline void race_pause(void)
{
}

static inline bool race_expected(const race_marks *marks, const weft_finding *finding)
{
    if (marks->count == 0) {
        return finding->kind != WEFT_FOUND_DATA_RACE;
    }
    return finding->kind == WEFT_FOUND_DATA_RACE && finding->goroutine_count == 2 &&
           race_is_marked(marks, race_line(marks, finding->goroutines[0].place),
                          race_line(marks, finding->goroutines[1].place));
}

static inline void race_print(const weft_finding *finding)
{
    printf("\n  not as expected: %s: %s\n", weft_finding_kind_name(finding->kind),
           finding->message);
    for (size_t i = 0; i < finding->goroutine_count; i++) {
        const weft_finding_goroutine *const g = &finding->goroutines[i];
        printf("    %s  %s  %s  %s\n", g->name, g->reason, g->object, g->place);
    }
    printf("  WEFT_REPLAY=%s\n", finding->token == NULL ? "" : finding->token);
}

static inline int race_main(const char *file, weft_fn *body, void *arg)
{
    race_marks marks;
    race_read_marks(file, &marks);
    weft_options options = {.name = marks.name, .time_ns = WEFT_NEVER};
    if (getenv("WEFT_REPLAY") != NULL || getenv("WEFT_REPORT") != NULL) {
        return weft_run_with(&options, body, arg) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (getenv("WEFT_SCHEDULES") == NULL) {
        options.schedules = 1000;
    }
    weft_result result;
    if (weft_explore(&options, body, arg, &result) < 0) {
        return EXIT_FAILURE;
    }
    printf("%-20s %s  %zu findings in %llu runs", marks.name, RACE_FIXED ? "fixed" : "racy ",
           result.finding_count, (unsigned long long)result.runs);
    bool right = (result.finding_count == 0) == RACE_FIXED;
    for (size_t i = 0; i < result.finding_count; i++) {
        if (RACE_FIXED || !race_expected(&marks, &result.findings[i])) {
            race_print(&result.findings[i]);
            right = false;
        }
    }
    printf("%s\n", right ? "" : "  WRONG");
    weft_result_clear(&result);
    return right ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
