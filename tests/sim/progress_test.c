/* progress_test.c: on a terminal there is a line that tells how far it is, and it is gone at the
 * end; elsewhere there is none, or lines for machines. */
#include "../support/captured.h"
#include "../support/explore.h"

#include <pty.h>

static void yield(void *arg)
{
    (void)arg;
    weft_yield();
}

static int explore_a_while(void)
{
    const weft_options options = {
        .name = "yield", .strategy = "random", .time_ns = 400 * WEFT_MILLISECOND};
    return weft_run_with(&options, yield, NULL);
}

static int explore_together(void)
{
    const weft_options options = {
        .name = "yield", .strategy = "random", .time_ns = 600 * WEFT_MILLISECOND, .jobs = 2};
    return weft_run_with(&options, yield, NULL);
}

/* Standard error of the body on a terminal of `columns`. */
static size_t on_terminal(int (*body)(void), unsigned short columns, char *into, size_t size)
{
    const struct winsize window = {.ws_row = 24, .ws_col = columns};
    int terminal = -1;
    const pid_t child = forkpty(&terminal, NULL, NULL, &window);
    assert_true(child >= 0);
    if (child == 0) {
        _exit(body());
    }
    size_t used = 0;
    ssize_t got = 0;
    while (used < size - 1 && (got = read(terminal, into + used, size - 1 - used)) > 0) {
        used += (size_t)got;
    }
    into[used] = '\0';
    int status = 1;
    (void)close(terminal);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    return used;
}

static unsigned count_of(const char *text, const char *part)
{
    unsigned count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part)) {
        count++;
    }
    return count;
}

static void expect_bar(int (*body)(void), const char *effort)
{
    static char text[65536];
    (void)on_terminal(body, 120, text, sizeof text);
    assert_non_null(strstr(text, effort));
    assert_non_null(strstr(text, "\u2588\u2591")); /* somewhere on the way */
    const unsigned drawn = count_of(text, "\r\033[K  exploring  random");
    assert_true(drawn >= 2);
    assert_true(drawn <= 10); /* at most ten a second */
    const char *const report = strstr(text, "\r\033[K  exploring  yield: ");
    assert_non_null(report);
    assert_null(strstr(report, "\u2588"));
}

static void test_terminal_shows_a_bar_and_wipes_it(void **state)
{
    (void)state;
    expect_bar(explore_a_while, "random, seed 1   ");
    expect_bar(explore_together, "random, seed 1, 2 workers   ");
}

static void test_line_fits_the_terminal(void **state)
{
    (void)state;
    static char text[65536];
    (void)on_terminal(explore_a_while, 30, text, sizeof text);
    assert_non_null(strstr(text, "\r\033[K  exploring  random, seed 1  \r"));
}

static void test_pipe_shows_nothing(void **state)
{
    (void)state;
    const outcome o = run_in_child(explore_a_while, STDERR_FILENO, NULL, 0);
    assert_int_equal(o.status, 0);
    assert_int_equal(count_of(o.text, "exploring"), 1); /* the report's */
    assert_null(strchr(o.text, '\033'));
}

static void test_json_lines(void **state)
{
    (void)state;
    static const char *const variables[][2] = {{"WEFT_PROGRESS", "json"}, {"WEFT_REPORT", "none"}};
    const outcome o = run_in_child(explore_a_while, STDERR_FILENO, variables, 2);
    assert_int_equal(o.status, 0);
    const unsigned lines = count_of(o.text, "\n");
    assert_true(lines >= 2);
    assert_true(lines <= 8);
    assert_int_equal(count_of(o.text, "{\"weft_progress\":1,\"test\":\"yield\",\"runs\":"), lines);
    assert_int_equal(count_of(o.text, "}\n"), lines);
}

static int explore_quietly(void)
{
    weft_result result;
    const weft_options options = {
        .name = "yield", .strategy = "random", .time_ns = 400 * WEFT_MILLISECOND};
    return weft_explore(&options, yield, NULL, &result);
}

static void test_explore_prints_nothing(void **state)
{
    (void)state;
    static const char *const variables[][2] = {{"WEFT_PROGRESS", "json"}};
    assert_string_equal(run_in_child(explore_quietly, STDERR_FILENO, variables, 1).text, "");
    static char text[4096];
    assert_int_equal(on_terminal(explore_quietly, 120, text, sizeof text), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terminal_shows_a_bar_and_wipes_it),
        cmocka_unit_test(test_line_fits_the_terminal),
        cmocka_unit_test(test_pipe_shows_nothing),
        cmocka_unit_test(test_json_lines),
        cmocka_unit_test(test_explore_prints_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
