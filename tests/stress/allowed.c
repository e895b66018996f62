/* allowed.c: what small random programs may come to, by exhaustive exploration in the simulator.
 *
 *   stress.allowed <file> <programs> [<first>]
 *
 * Writes, for each program whose exploration ends within the bounds below,
 *
 *   program <number> <runs> <count of outcomes>
 *
 * and the outcomes, sorted, one a line. Timers are elastic: one may fire while goroutines can run,
 * as in real time. Of the programs with one outcome only every eighth is written. */
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "order/identity.h"
#include "run.h"
#include "strategy/dpor.h"

#include "../support/explored_program.h"

enum { RUNS_MAX = 2000, OUTCOMES_MAX = 200, STEPS_MAX = 500, SINGLE_SHARE = 8 };

static struct {
    FILE *file;
    uint64_t first;
    uint64_t end;

    /* Of the program that is explored: its outcomes, sorted. */
    char *outcomes[OUTCOMES_MAX];
    uint32_t count;
    uint64_t runs;

    uint64_t written;
    uint64_t many; /* programs with more than one outcome */
    uint64_t outcome_total;
    uint64_t too_large;
    uint64_t partial; /* not all orders of timers were explored */
    uint64_t failed;  /* runs that ended in a way that the runtime does not survive */
} work WEFT_KEEP;

/* Where `text` is, or belongs. */
static uint32_t place_of(const char *text, bool *ret_found)
{
    uint32_t low = 0;
    uint32_t high = work.count;
    *ret_found = false;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const int order = strcmp(work.outcomes[middle], text);
        *ret_found = *ret_found || order == 0;
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* false: there is no room. */
static bool add_outcome(void)
{
    char text[PROGRAM_OUTCOME_SIZE];
    bool found = false;
    program_outcome(&program_state, text);
    const uint32_t place = place_of(text, &found);
    if (found) {
        return true;
    }
    if (work.count == OUTCOMES_MAX) {
        return false;
    }
    memmove(work.outcomes + place + 1, work.outcomes + place,
            (work.count - place) * sizeof *work.outcomes);
    work.outcomes[place] = strdup(text);
    work.count++;
    return true;
}

static bool survives(weft_finding_kind verdict)
{
    return verdict == WEFT_FOUND_NOTHING || verdict == WEFT_FOUND_LEAK;
}

/* Whether all outcomes are known then. */
static bool explore_program(void)
{
    static uint64_t exploration WEFT_KEEP;
    weft__plan plan = {.exploration = ++exploration,
                       .main_fn = program_main,
                       .strategy = &weft__strategy_dpor,
                       .elastic = true,
                       .max_steps = STEPS_MAX,
                       .tail_steps = STEPS_MAX};
    while (plan.run < RUNS_MAX && weft__run_execute(&plan)) {
        if (!survives(weft__the_run.outcome.kind)) {
            work.failed++;
            return false;
        }
        if (!add_outcome()) {
            break;
        }
        plan.run++;
    }
    const weft__dpor_count *const count = weft__dpor_count_now();
    work.runs = plan.run;
    work.too_large += count->exhausted ? 0 : 1;
    work.partial += count->partial ? 1 : 0;
    return count->exhausted && !count->partial && !count->too_deep && count->diverged == 0;
}

static void write_program(uint64_t number)
{
    (void)fprintf(work.file, "program %llu %llu %u\n", (unsigned long long)number,
                  (unsigned long long)work.runs, work.count);
    for (uint32_t i = 0; i < work.count; i++) {
        (void)fprintf(work.file, "%s\n", work.outcomes[i]);
    }
    work.written++;
    work.many += work.count > 1 ? 1 : 0;
    work.outcome_total += work.count;
}

__attribute__((noinline)) static void do_program(uint64_t number)
{
    const bool complete = explore_program();
    if (complete && (work.count > 1 || number % SINGLE_SHARE == 0)) {
        write_program(number);
    }
    while (work.count > 0) {
        free(work.outcomes[--work.count]);
    }
}

/* What lies above this frame is put back before each run, so the work is another function's. */
__attribute__((noinline)) static void do_programs(void)
{
    for (uint64_t number = work.first; number < work.end; number++) {
        weft__memory_forget();
        program_now = program_make_whole(number);
        weft__memory_remember(false, __builtin_frame_address(0));
        do_program(number);
    }
}

int main(int argc, char **argv)
{
    work.file = argc < 3 ? NULL : fopen(argv[1], "w");
    if (work.file == NULL) {
        (void)fprintf(
            stderr, argc < 3 ? "usage: %s <file> <programs> [<first>]\n" : "%s: cannot write %s\n",
            argv[0], argc < 3 ? "" : argv[1]);
        return 2;
    }
    work.first = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    work.end = work.first + strtoull(argv[2], NULL, 10);
    weft__the_run.goroutine_limit = 100;
    weft__memory_remember(false, __builtin_frame_address(0));
    do_programs();
    weft__memory_forget();
    const uint64_t programs = work.end - work.first;
    (void)fprintf(
        stderr,
        "%llu programs, %llu written with %llu outcomes, %llu of them with more than one; "
        "%llu too large, %llu partial, %llu may end the process\n",
        (unsigned long long)programs, (unsigned long long)work.written,
        (unsigned long long)work.outcome_total, (unsigned long long)work.many,
        (unsigned long long)work.too_large, (unsigned long long)work.partial,
        (unsigned long long)work.failed);
    return fclose(work.file) == 0 ? 0 : 1;
}
