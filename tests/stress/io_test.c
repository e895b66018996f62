/* io_test.c: the kernel makes of random programs of calls on descriptors what the simulator does.
 *
 * stress.io_expected has written what that is to the file WEFT_STRESS_IO. A program is tried again
 * a few times: under load the kernel may deliver late what was sent.
 *
 *   WEFT_STRESS_IO=<file> */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <weft.h>

#include "../support/io_programs.h"

enum { TRIES = 5, LINE_SIZE = 512, PLANTED_PROGRAMS = 50 };

static struct {
    FILE *file;
    char line[LINE_SIZE];    /* the next one */
    char text[IO_TEXT_SIZE]; /* of the program that is compared */
    uint64_t number;
    char directory[32];
    uint32_t programs;
    uint32_t retried;
} expected;

static io_program program_now;

static bool next_line(void)
{
    return fgets(expected.line, sizeof expected.line, expected.file) != NULL;
}

/* false: there is none. */
static bool next_program(void)
{
    unsigned long long number = 0;
    if (sscanf(expected.line, "program %llu", &number) != 1) {
        return false;
    }
    expected.number = number;
    expected.text[0] = '\0';
    size_t length = 0;
    expected.line[0] = '\0';
    while (next_line() && strncmp(expected.line, "program ", 8) != 0) {
        length += (size_t)snprintf(expected.text + length, sizeof expected.text - length, "%s",
                                   expected.line);
        assert_true(length < sizeof expected.text);
        expected.line[0] = '\0';
    }
    return true;
}

static bool has_ipv6(void)
{
    return access("/proc/net/if_inet6", R_OK) == 0;
}

static bool runs_as_expected(int try)
{
    program_now.number = expected.number;
    (void)snprintf(program_now.directory, sizeof program_now.directory, "%s/%llu.%d",
                   expected.directory, (unsigned long long)expected.number, try);
    assert_int_equal(weft_run(io_program_run, &program_now), 0);
    return strcmp(program_now.text, expected.text) == 0;
}

static void tell_difference(void)
{
    size_t at = 0;
    size_t start = 0;
    while (program_now.text[at] == expected.text[at] && program_now.text[at] != '\0') {
        start = program_now.text[at] == '\n' ? at + 1 : start;
        at++;
    }
    (void)fprintf(stderr, "program %llu:\n%.*s", (unsigned long long)expected.number, (int)start,
                  expected.text);
    (void)fprintf(stderr, "  kernel:    %.*s\n", (int)strcspn(program_now.text + start, "\n"),
                  program_now.text + start);
    (void)fprintf(stderr, "  simulator: %.*s\n", (int)strcspn(expected.text + start, "\n"),
                  expected.text + start);
}

static bool compare_program(void)
{
    expected.programs++;
    for (int try = 0; try < TRIES; try++) {
        if (runs_as_expected(try)) {
            expected.retried += try > 0 ? 1 : 0;
            return true;
        }
    }
    return false;
}

static void rewind_expected(void)
{
    rewind(expected.file);
    assert_true(next_line());
}

static void test_kernel_does_as_simulator(void **state)
{
    (void)state;
    uint32_t different = 0;
    rewind_expected();
    while (next_program()) {
        if ((!io_uses_ipv6(expected.number) || has_ipv6()) && !compare_program()) {
            tell_difference();
            different++;
        }
    }
    print_message("%u programs, %u of them tried more than once\n", expected.programs,
                  expected.retried);
    assert_int_equal(different, 0);
    assert_true(expected.programs > 0);
}

static void test_planted_difference_is_found(void **state)
{
    (void)state;
    uint32_t different = 0;
    rewind_expected();
    program_now.planted = true;
    for (int i = 0; i < PLANTED_PROGRAMS && next_program(); i++) {
        different += runs_as_expected(TRIES) ? 0 : 1;
    }
    program_now.planted = false;
    assert_true(different > 0);
}

static int set_up(void **state)
{
    (void)state;
    const char *const path = getenv("WEFT_STRESS_IO");
    expected.file = path == NULL ? NULL : fopen(path, "r");
    if (expected.file == NULL) {
        print_error("cannot read %s, which stress.io_expected writes\n", path == NULL ? "" : path);
        return -1;
    }
    (void)strcpy(expected.directory, "/tmp/weft-io-XXXXXX");
    program_now.buffer = calloc(1, IO_BIG);
    program_now.text = calloc(1, IO_TEXT_SIZE);
    return mkdtemp(expected.directory) == NULL || program_now.text == NULL ||
                   program_now.buffer == NULL
               ? -1
               : 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf %s", expected.directory);
    return fclose(expected.file) + system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernel_does_as_simulator),
        cmocka_unit_test(test_planted_difference_is_found),
    };
    return cmocka_run_group_tests_name("io", tests, set_up, tear_down);
}
