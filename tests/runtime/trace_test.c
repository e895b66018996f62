/* trace_test.c: WEFT_TRACE, weft_trace_start and weft_trace_stop.
 * Goal: the file is JSON however the program ends, whatever the names are, and when it cannot be
 * written any further; what ran is in it, and why it stopped; what cannot be done is said in one
 * line and does not end the program.
 * Method: each program in a child process; its file is read by a small parser of RFC 8259. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>

#include <cmocka.h>

#include <weft.h>

#include "child.h"

enum { CROWD = 100, FILE_MAX = 64 << 20 };

static char path[64];
static char *text; /* of the file */

/* ---- JSON ---- */

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

/* Each returns where what it reads ends; NULL: it is none. */
static const char *read_string(const char *at)
{
    if (*at++ != '"') {
        return NULL;
    }
    while (*at != '"') {
        if ((unsigned char)*at < ' ') {
            return NULL;
        }
        if (*at++ == '\\') {
            if (*at == 'u' ? strspn(at + 1, "0123456789abcdefABCDEF") < 4
                           : *at == '\0' || strchr("\"\\/bfnrt", *at) == NULL) {
                return NULL;
            }
            at++;
        }
    }
    return at + 1;
}

static const char *read_number(const char *at)
{
    const size_t whole = strspn(at, "0123456789");
    at += whole;
    if (whole == 0 || *at != '.') {
        return whole == 0 ? NULL : at;
    }
    const size_t part = strspn(at + 1, "0123456789");
    return part == 0 ? NULL : at + 1 + part;
}

static const char *read_value(const char *at, int depth);

static const char *read_members(const char *at, int depth)
{
    const char close = *at == '{' ? '}' : ']';
    at = skip_space(at + 1);
    if (*at == close) {
        return at + 1;
    }
    for (;;) {
        if (close == '}') {
            at = read_string(skip_space(at));
            if (at == NULL || *(at = skip_space(at)) != ':') {
                return NULL;
            }
            at++;
        }
        at = read_value(at, depth + 1);
        if (at == NULL) {
            return NULL;
        }
        at = skip_space(at);
        if (*at == close) {
            return at + 1;
        }
        if (*at++ != ',') {
            return NULL;
        }
    }
}

static const char *read_value(const char *at, int depth)
{
    at = skip_space(at);
    if (*at == '"') {
        return read_string(at);
    }
    if (*at == '{' || *at == '[') {
        return depth > 10 ? NULL : read_members(at, depth);
    }
    return read_number(at);
}

static bool is_json(const char *json)
{
    const char *const end = read_value(json, 0);
    return end != NULL && *skip_space(end) == '\0';
}

/* ---- the file ---- */

static size_t read_file(void)
{
    FILE *const file = fopen(path, "r");
    assert_non_null(file);
    const size_t size = fread(text, 1, FILE_MAX - 1, file);
    (void)fclose(file);
    text[size] = '\0';
    assert_true(size < FILE_MAX - 1);
    return size;
}

static void expect_json(void)
{
    (void)read_file();
    if (!is_json(text)) {
        fail_msg("no JSON: %.200s ... %s", text,
                 strlen(text) > 400 ? text + strlen(text) - 400 : "");
    }
}

static void expect(const char *words)
{
    if (strstr(text, words) == NULL) {
        fail_msg("%s is not in %.2000s", words, text);
    }
}

static int count(const char *words)
{
    int found = 0;
    for (const char *at = text; (at = strstr(at, words)) != NULL; at++) {
        found++;
    }
    return found;
}

/* The child runs `body` with these two variables, exits with exit_status, and says `said` in one
 * line and no more; NULL: it may say anything. */
static void check(int (*body)(const void *arg), weft_fn *main_fn, const char *file,
                  const char *size, int exit_status, const char *said)
{
    static child c;
    (void)unlink(path);
    (void)setenv("WEFT_TRACE", file, 1);
    (void)setenv("WEFT_TRACE_SIZE", size, 1);
    child_run(&c, body, &main_fn);
    (void)unsetenv("WEFT_TRACE");
    (void)unsetenv("WEFT_TRACE_SIZE");
    if (child_exit(&c) != exit_status) {
        fail_msg("exit %d, and said:\n%s", child_exit(&c), c.said);
    }
    if (said != NULL &&
        (strstr(c.said, said) == NULL || strcspn(c.said, "\n") + 1 < strlen(c.said))) {
        fail_msg("said %s", c.said);
    }
}

/* The slice: whoever computes on purpose loses the worker, and nobody else on a busy machine. */
static int run(const void *arg)
{
    weft_fn *const *const main_fn = arg;
    return weft_run_with(&(weft_options){.workers = 2, .slice_us = 100000}, *main_fn, NULL);
}

static const char plenty[] = "60000000";

/* ---- what is in it ---- */

static void nothing(void *arg)
{
    (void)arg;
}

static void spin_until_stolen(void *arg)
{
    (void)arg;
    weft_stats stats = {0};
    const int64_t until_ns = weft_now() + 10 * WEFT_SECOND;
    while (stats.steals == 0 && weft_now() < until_ns) {
        (void)usleep(100);
        weft_stats_read(&stats);
        weft_yield();
    }
}

static void receive(void *ch)
{
    (void)weft_chan_recv(ch, NULL);
}

/* Until there has been one retake more than before. */
static void compute(void *before)
{
    weft_stats stats;
    do {
        weft_stats_read(&stats);
    } while (stats.retakes == *(const uint64_t *)before);
}

static void main_does_everything(void *arg)
{
    (void)arg;
    weft_waitgroup group = {0};
    weft_chan *const ch = weft_chan_make(0, 0);
    (void)weft_waitgroup_go(&group, receive, ch);
    do {
        weft_sleep(WEFT_MILLISECOND);
    } while (weft_chan_try_send(ch, NULL) != 0); /* the receiver waits before it receives */
    for (int i = 0; i < CROWD; i++) {
        (void)weft_waitgroup_go(&group, spin_until_stolen, NULL);
    }
    weft_waitgroup_wait(&group);
    weft_stats stats;
    weft_stats_read(&stats);
    for (int i = 0; i < 3; i++) {
        (void)weft_waitgroup_go(&group, compute, &stats.retakes);
    }
    weft_waitgroup_wait(&group);
    weft_chan_release(ch);
}

static void test_what_ran_is_in_the_file(void **state)
{
    (void)state;
    check(run, main_does_everything, path, plenty, 0, "");
    expect_json();
    expect("\"name\":\"thread_name\",\"pid\":1,\"tid\":1,\"args\":{\"name\":\"worker 1\"}");
    expect("\"name\":\"main 1\",\"args\":{\"goroutine\":1,\"then\":\"sleep\"");
    expect("\"then\":\"channel receive\"");
    expect("\"then\":\"yield\"");
    expect("\"then\":\"end\"");
    expect("\"woken_by\":1}");
    expect("{\"ph\":\"s\",\"name\":\"ready\"");
    expect("{\"ph\":\"f\",\"bp\":\"e\",\"name\":\"ready\"");
    expect("\"name\":\"goroutines\",\"pid\":1,");
    expect("\"args\":{\"alive\":");
    expect("\"name\":\"worker taken\"");
    expect("{\"ph\":\"e\",\"cat\":\"without a worker\"");
    expect("\"otherData\":{\"events_dropped\":0}");
}

static void main_has_names(void *arg)
{
    (void)arg;
    static char long_name[1000];
    memset(long_name, '\n', sizeof long_name - 1);
    const char *const names[] = {"quote \" backslash \\ bell \a",
                                 "gr\xc3\xb6\xc3\x9fter",
                                 "cut \xc3",
                                 "\xed\xa0\x80",
                                 "",
                                 long_name};
    weft_waitgroup group = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)weft_waitgroup_go_with(&group, &(weft_go_options){.name = names[i]}, nothing, NULL);
    }
    weft_waitgroup_wait(&group);
}

static void test_names_are_escaped(void **state)
{
    (void)state;
    check(run, main_has_names, path, plenty, 0, "");
    expect_json();
    expect("\"quote \\\" backslash \\\\ bell \\u0007 ");
    expect("\"gr\xc3\xb6\xc3\x9fter ");
    expect("\"cut ? ");
    expect("\"??? ");
    expect("\\u000a\\u000a");
}

/* ---- how it ends ---- */

static void main_panics(void *arg)
{
    main_has_names(arg);
    weft_panic("on purpose");
}

static void main_deadlocks(void *arg)
{
    main_has_names(arg);
    (void)weft_chan_recv(NULL, NULL);
}

static void main_exits(void *arg)
{
    main_has_names(arg);
    exit(7);
}

static int run_thrice(const void *arg)
{
    return run(arg) + run(arg) + run(arg);
}

static void test_the_file_is_whole_however_the_program_ends(void **state)
{
    (void)state;
    check(run, main_panics, path, plenty, 2, NULL);
    expect_json();
    expect("\"name\":\"main 1\",\"args\":{\"goroutine\":1,\"then\":\"end of the trace\"");
    check(run, main_deadlocks, path, plenty, 2, NULL);
    expect_json();
    expect("\"then\":\"channel receive (NULL channel)\"");
    check(run, main_exits, path, plenty, 7, NULL);
    expect_json();
    expect("\"then\":\"end of the trace\"");
    check(run_thrice, main_has_names, path, plenty, 0, "");
    expect_json();
    assert_int_equal(count("\"cut ? "), 3);
}

/* ---- what cannot be written ---- */

static void receive_all(void *ch)
{
    while (weft_chan_recv(ch, NULL)) {
    }
}

static void main_sends(void *arg)
{
    (void)arg;
    weft_chan *const ch = weft_chan_make(0, 0);
    (void)weft_go(receive_all, ch);
    for (int i = 0; i < 50000; i++) {
        weft_chan_send(ch, NULL);
    }
    weft_chan_close(ch);
}

static void test_the_file_does_not_grow_beyond_its_limit(void **state)
{
    (void)state;
    check(run, main_sends, path, "10000", 0, "the trace has reached its limit of 10000 bytes");
    expect_json();
    assert_in_range(strlen(text), 9000, 10000);
    assert_null(strstr(text, "\"events_dropped\":0}"));
    check(run, main_sends, path, "4095", 256 - EINVAL, "WEFT_TRACE_SIZE=4095: it must be");
}

static void test_what_cannot_be_opened_is_said_and_no_more(void **state)
{
    (void)state;
    check(run, main_sends, "/nowhere/x", plenty, 0,
          "WEFT_TRACE=/nowhere/x: no trace: No such file or directory");
    check(run, main_sends, "/dev/full", plenty, 0,
          "WEFT_TRACE=/dev/full: no trace: No space left on device");
    check(run_thrice, main_sends, "/", plenty, 0, "WEFT_TRACE=/: no trace: Is a directory");
}

/* The kernel ends a process that writes beyond this. */
static int run_with_a_limit(const void *arg)
{
    (void)setrlimit(RLIMIT_FSIZE, &(struct rlimit){20000, 20000});
    return run(arg);
}

static void main_runs_out_of_space(void *arg)
{
    (void)arg;
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)setrlimit(RLIMIT_FSIZE, &(struct rlimit){300000, RLIM_INFINITY});
    main_sends(NULL);
    WEFT_ASSERT(weft_trace_stop() == -EFBIG);
}

static void test_a_full_disk_ends_the_trace_and_not_the_program(void **state)
{
    (void)state;
    check(run_with_a_limit, main_sends, path, plenty, 0, "its limit of 20000 bytes");
    expect_json();
    check(run, main_runs_out_of_space, path, plenty, 0, "cannot write the trace: File too large");
    expect_json();
    expect("\"then\":\"channel receive\"");
}

/* ---- from code ---- */

static void main_starts_and_stops(void *arg)
{
    (void)arg;
    weft_waitgroup group = {0};
    WEFT_ASSERT(weft_trace_stop() == -EINVAL);
    WEFT_ASSERT(weft_trace_start("/nowhere/x") == -ENOENT);
    (void)weft_waitgroup_go_with(&group, &(weft_go_options){.name = "early"}, nothing, NULL);
    weft_waitgroup_wait(&group);
    WEFT_ASSERT(weft_trace_start(path) == 0);
    WEFT_ASSERT(weft_trace_start(path) == -EBUSY);
    (void)weft_waitgroup_go_with(&group, &(weft_go_options){.name = "between"}, nothing, NULL);
    weft_waitgroup_wait(&group);
    weft_yield();
    WEFT_ASSERT(weft_trace_stop() == 0);
    (void)weft_waitgroup_go_with(&group, &(weft_go_options){.name = "late"}, nothing, NULL);
    weft_waitgroup_wait(&group);
}

static int run_and_start_outside(const void *arg)
{
    return weft_trace_start(path) == -EINVAL && run(arg) == 0 ? 0 : 1;
}

static void test_only_what_happened_between_start_and_stop(void **state)
{
    (void)state;
    check(run_and_start_outside, main_starts_and_stops, "", plenty, 0, "");
    expect_json();
    expect("\"name\":\"between ");
    assert_null(strstr(text, "\"name\":\"early "));
    assert_null(strstr(text, "\"name\":\"late "));
}

/* Small stacks: what is noted and written on them must fit. */
static void yield_deep(void *ended)
{
    while (!__atomic_load_n((bool *)ended, __ATOMIC_RELAXED)) {
        weft_yield();
    }
}

static void main_starts_and_stops_often(void *arg)
{
    (void)arg;
    static bool ended;
    weft_waitgroup group = {0};
    const weft_go_options small = {.name = "small", .stack_size = 16 << 10};
    for (int i = 0; i < CROWD; i++) {
        (void)weft_waitgroup_go_with(&group, &small, yield_deep, &ended);
    }
    for (int i = 0; i < 50; i++) {
        WEFT_ASSERT(weft_trace_start(path) == 0);
        weft_sleep(2 * WEFT_MILLISECOND);
        WEFT_ASSERT(weft_trace_stop() == 0);
    }
    __atomic_store_n(&ended, true, __ATOMIC_RELAXED);
    weft_waitgroup_wait(&group);
}

static void test_traces_come_and_go_while_others_run(void **state)
{
    (void)state;
    check(run, main_starts_and_stops_often, "", plenty, 0, "");
    expect_json();
    expect("\"name\":\"small ");
}

int main(void)
{
    (void)snprintf(path, sizeof path, "/tmp/weft-trace-%ld.json", (long)getpid());
    text = malloc(FILE_MAX);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_ran_is_in_the_file),
        cmocka_unit_test(test_names_are_escaped),
        cmocka_unit_test(test_the_file_is_whole_however_the_program_ends),
        cmocka_unit_test(test_the_file_does_not_grow_beyond_its_limit),
        cmocka_unit_test(test_what_cannot_be_opened_is_said_and_no_more),
        cmocka_unit_test(test_a_full_disk_ends_the_trace_and_not_the_program),
        cmocka_unit_test(test_only_what_happened_between_start_and_stop),
        cmocka_unit_test(test_traces_come_and_go_while_others_run),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    free(text);
    return failed;
}
