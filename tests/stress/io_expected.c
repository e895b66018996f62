/* io_expected.c: what the simulator makes of random programs of calls on descriptors.
 *
 *   stress.io_expected <file> <programs> [<first>]
 *
 * Writes for each "program <number>" and a line for each call: io_programs.h. One run of each, in
 * which nothing goes wrong. */
#include <weft/sim.h>

#include "../support/io_programs.h"

static io_program program_now WEFT_KEEP;

static void run_program(void *arg)
{
    const weft_faults none = {0};
    weft_faults_set(&none);
    io_program_run(arg);
}

static int do_program(FILE *file, uint64_t number)
{
    const weft_options options = {
        .name = "io", .schedules = 1, .timers = "idle", .strategy = "random"};
    weft_result result;
    program_now.number = number;
    (void)snprintf(program_now.directory, sizeof program_now.directory, "/tmp/p%llu",
                   (unsigned long long)number);
    if (weft_explore(&options, run_program, &program_now, &result) != 0) {
        (void)fprintf(stderr, "program %llu: %s\n%s", (unsigned long long)number,
                      result.finding_count != 0 ? result.findings[0].message : "cannot run",
                      program_now.text);
        return 1;
    }
    weft_result_clear(&result);
    (void)fprintf(file, "program %llu\n%s", (unsigned long long)number, program_now.text);
    return 0;
}

int main(int argc, char **argv)
{
    FILE *const file = argc < 3 ? NULL : fopen(argv[1], "w");
    if (file == NULL) {
        (void)fprintf(
            stderr, argc < 3 ? "usage: %s <file> <programs> [<first>]\n" : "%s: cannot write %s\n",
            argv[0], argc < 3 ? "" : argv[1]);
        return 2;
    }
    const uint64_t first = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    const uint64_t end = first + strtoull(argv[2], NULL, 10);
    int failed = 0;
    program_now.buffer = calloc(1, IO_BIG);
    program_now.text = calloc(1, IO_TEXT_SIZE);
    if (program_now.buffer == NULL || program_now.text == NULL) {
        return 2;
    }
    for (uint64_t number = first; number < end; number++) {
        failed += do_program(file, number);
    }
    return fclose(file) == 0 && failed == 0 ? 0 : 1;
}
