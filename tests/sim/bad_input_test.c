/* bad_input_test.c: whatever is wrong with a setting or a schedule is one clear line and a status
 * that is not 0: never a crash, never a pass.
 *
 * Each case runs in a child whose standard error is read back. */
#include "../support/captured.h"
#include "../support/explore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static weft_chan *ch;

static void wait_for_ever(void *arg)
{
    (void)arg;
    (void)weft_chan_recv(ch, NULL);
}

static void leak(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 0);
    weft_go(wait_for_ever, NULL);
    weft_go(wait_for_ever, NULL);
}

static char directory[64];
static char good_file[160];
static char *good_text;
static size_t good_size;
static char *good_token;
static char good_hash[17];

static int run_leak(void)
{
    return weft_run(leak, NULL);
}

static outcome run_child(const char *name, const char *value)
{
    const char *const variables[][2] = {{"WEFT_STORE", directory}, {name, value}};
    return run_in_child(run_leak, STDERR_FILENO, variables, 2);
}

static unsigned count_lines(const char *text)
{
    unsigned count = 0;
    for (; *text != '\0'; text++) {
        count += *text == '\n' ? 1 : 0;
    }
    return count;
}

static void expect_rejection(const char *name, const char *value, const char *part)
{
    const outcome o = run_child(name, value);
    const bool good = WIFEXITED(o.status) && WEXITSTATUS(o.status) != 0 &&
                      count_lines(o.text) == 1 && strncmp(o.text, "weft: ", 6) == 0 &&
                      strstr(o.text, part) != NULL;
    if (!good) {
        print_error("%s=%.60s: status %d, \"%s\" expected in: %s\n", name, value, o.status, part,
                    o.text);
    }
    assert_true(good);
}

/* ---- Settings ---- */

static void test_malformed_settings_are_rejected(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"WEFT_SEED", "abc"},
        {"WEFT_SEED", "-1"},
        {"WEFT_SEED", "0"},
        {"WEFT_SEED", "1x"},
        {"WEFT_SEED", " 1"},
        {"WEFT_SEED", "18446744073709551616"},
        {"WEFT_SEED", "0x10"},
        {"WEFT_SCHEDULES", "many"},
        {"WEFT_SCHEDULES", "0"},
        {"WEFT_SCHEDULES", "1e6"},
        {"WEFT_TIME", "5"},
        {"WEFT_TIME", "s"},
        {"WEFT_TIME", "5 s"},
        {"WEFT_TIME", "-5s"},
        {"WEFT_TIME", "5h"},
        {"WEFT_TIME", "0s"},
        {"WEFT_STEPS", "0"},
        {"WEFT_STEPS", "99999999999"},
        {"WEFT_GOROUTINES", "0"},
        {"WEFT_GOROUTINES", "x"},
        {"WEFT_STACK_SIZE", "1k"},
        {"WEFT_STACK_SIZE", "2g"},
        {"WEFT_STACK_SIZE", "64kb"},
        {"WEFT_STACK_SIZE", "9999999999999999999999"},
        {"WEFT_STRATEGY", "best"},
        {"WEFT_STRATEGY", "Random"},
        {"WEFT_TIMERS", "rubber"},
        {"WEFT_RACES", "maybe"},
        {"WEFT_RACES", "Find"},
        {"WEFT_MEMORY", "tso"},
        {"WEFT_REPORT", "xml"},
        {"WEFT_KEEP_GLOBALS", "yes"},
        {"WEFT_JOBS", "two"},
        {"WEFT_JOBS", "-1"},
        {"WEFT_JOBS", "1025"},
        {"WEFT_JOBS", "2 "},
        {"WEFT_JOBS", "Auto"},
        {"WEFT_SHARD", "1"},
        {"WEFT_SHARD", "0/"},
        {"WEFT_SHARD", "/2"},
        {"WEFT_SHARD", "0/0"},
        {"WEFT_SHARD", "2/2"},
        {"WEFT_SHARD", "0/2x"},
        {"WEFT_SHARD", "-1/2"},
        {"WEFT_SHARD", "0/16777217"},
        {"WEFT_PROGRESS", "yes"},
        {"WEFT_COVERAGE", "file"},
        {"WEFT_STORE_FIRST", "no"},
        {"WEFT_LEAKS", "all"},
        {"WEFT_ALLOC_FAILURES", "some"},
        {"WEFT_ALLOC_FAILURES", "-1"},
        {"WEFT_ALLOC_FAILURES", "4294967296"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect_rejection(cases[i][0], cases[i][1], cases[i][0]);
    }
}

static void test_unknown_strategy_lists_those_there_are(void **state)
{
    (void)state;
    expect_rejection("WEFT_STRATEGY", "magic", "portfolio, surw, urw");
}

/* ---- References ---- */

static void test_unknown_references_are_rejected(void **state)
{
    (void)state;
    expect_rejection("WEFT_REPLAY", "0123456789abcdef", "No such file");
    expect_rejection("WEFT_REPLAY", "0123456789ABCDEF", "neither a hash");
    expect_rejection("WEFT_REPLAY", "0123", "neither a hash");
    expect_rejection("WEFT_REPLAY", "/nowhere/x.weft", "cannot read");
    expect_rejection("WEFT_REPLAY", "/tmp", "cannot read");
    expect_rejection("WEFT_REPLAY", "weft1:", "token");
    expect_rejection("WEFT_REPLAY", "weft1:AAAA", "token");
    expect_rejection("WEFT_REPLAY", "weft1:!!!!", "token");
    expect_rejection("WEFT_REPLAY", "weft9:AAAA", "neither a hash");
}

static void test_truncated_token_is_rejected(void **state)
{
    (void)state;
    char *const token = strdup(good_token);
    assert_non_null(token);
    token[strlen(token) - 9] = '\0';
    expect_rejection("WEFT_REPLAY", token, "token");
    free(token);
}

/* ---- Schedule files ---- */

static void write_schedule(const char *path, const char *text, size_t size)
{
    FILE *const file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void expect_bad_file(const char *text, size_t size, const char *part)
{
    char path[160];
    (void)snprintf(path, sizeof path, "%s/bad.weft", directory);
    write_schedule(path, text, size);
    expect_rejection("WEFT_REPLAY", path, part);
    (void)unlink(path);
}

/* The good file with `from` replaced, and its end made right again by the reader's own rule: only a
 * reader that also checks the fields notices. */
static void expect_bad_field(const char *from, const char *to, const char *part)
{
    const char *const at = strstr(good_text, from);
    assert_non_null(at);
    char *text = NULL;
    const int size =
        asprintf(&text, "%.*s%s%s", (int)(at - good_text), good_text, to, at + strlen(from));
    assert_true(size > 0);
    expect_bad_file(text, (size_t)size, part);
    free(text);
}

static void test_truncated_files_are_rejected(void **state)
{
    (void)state;
    for (size_t size = 1; size < good_size; size += good_size / 12 + 1) {
        expect_bad_file(good_text, size, "bad.weft");
    }
    expect_bad_file("", 0, "bad.weft");
    expect_bad_file(good_text, good_size - 1, "bad.weft");
}

static void test_every_damaged_byte_is_noticed(void **state)
{
    (void)state;
    for (size_t i = 0; i < good_size; i += good_size / 10 + 1) {
        char *const text = strdup(good_text);
        assert_non_null(text);
        text[i] ^= 1;
        expect_bad_file(text, good_size, "bad.weft");
        free(text);
    }
}

static void test_foreign_files_are_rejected(void **state)
{
    (void)state;
    static const char zeros[64];
    expect_bad_file(zeros, sizeof zeros, "bad.weft");
    expect_bad_file("\177ELF\2\1\1", 7, "not a weft schedule");
    expect_bad_file("{\"weft\": 1}\n", 12, "not a weft schedule");
    expect_bad_file("weft schedule\n", 14, "not a weft schedule");
    expect_bad_file(good_text, good_size - 20, "truncated");
    expect_bad_field("weft schedule 1", "weft schedule 2", "format 2");
    expect_bad_field("weft schedule 1", "weft schedule -1", "number");
    expect_bad_field("seed", "sead", "changed");
}

static void test_schedule_of_another_name_in_the_store_is_rejected(void **state)
{
    (void)state;
    char path[160];
    (void)snprintf(path, sizeof path, "%s/0000000000000001.weft", directory);
    write_schedule(path, good_text, good_size);
    expect_rejection("WEFT_REPLAY", "0000000000000001", "another schedule");
    (void)unlink(path);
}

static void other(void *arg)
{
    (void)arg;
}

/* A schedule that no test answers to must not pass in silence. */
static void test_schedule_of_another_test_is_an_error_at_exit(void **state)
{
    (void)state;
    (void)fflush(NULL);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(STDERR_FILENO);
        (void)setenv("WEFT_STORE", directory, 1);
        (void)setenv("WEFT_REPLAY", good_hash, 1);
        exit(weft_run(other, NULL) == 0 ? 0 : 9);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 2);
}

static void test_good_schedule_is_still_accepted(void **state)
{
    (void)state;
    const outcome o = run_child("WEFT_REPLAY", good_hash);
    assert_true(WIFEXITED(o.status));
    assert_int_equal(WEXITSTATUS(o.status), 1);
    assert_non_null(strstr(o.text, "FOUND      leak, again"));
}

/* ---- Misuse of the API ---- */

static void nest(void *arg)
{
    (void)arg;
    WEFT_ASSERT(weft_run(other, NULL) == -EINVAL);
}

static void test_nested_run_is_refused(void **state)
{
    (void)state;
    explore_clean(nest, 1);
}

static int call_from_outside(void)
{
    weft_sleep(1);
    return 0;
}

static void test_parking_outside_of_a_goroutine_ends_with_a_message(void **state)
{
    (void)state;
    const outcome o = run_in_child(call_from_outside, STDERR_FILENO, NULL, 0);
    assert_int_equal(WEXITSTATUS(o.status), 2);
    assert_non_null(strstr(o.text, "outside of a goroutine"));
}

static int make_good_schedule(void **state)
{
    (void)state;
    (void)snprintf(directory, sizeof directory, "/tmp/weft-bad-input-%ld", (long)getpid());
    weft_result found;
    const weft_options options = {.name = "leak", .store = directory};
    if (weft_explore(&options, leak, NULL, &found) != 1 || found.findings[0].file == NULL) {
        return -1;
    }
    (void)snprintf(good_file, sizeof good_file, "%s", found.findings[0].file);
    memcpy(good_hash, found.findings[0].hash, sizeof good_hash);
    good_token = strdup(found.findings[0].token);
    good_text = calloc(1, 1 << 20);
    FILE *const file = fopen(good_file, "r");
    if (good_token == NULL || good_text == NULL || file == NULL) {
        return -1;
    }
    good_size = fread(good_text, 1, (1 << 20) - 1, file);
    (void)fclose(file);
    weft_result_clear(&found);
    return 0;
}

static int drop_good_schedule(void **state)
{
    (void)state;
    (void)unlink(good_file);
    (void)rmdir(directory);
    free(good_text);
    free(good_token);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_malformed_settings_are_rejected),
        cmocka_unit_test(test_unknown_strategy_lists_those_there_are),
        cmocka_unit_test(test_unknown_references_are_rejected),
        cmocka_unit_test(test_truncated_token_is_rejected),
        cmocka_unit_test(test_truncated_files_are_rejected),
        cmocka_unit_test(test_every_damaged_byte_is_noticed),
        cmocka_unit_test(test_foreign_files_are_rejected),
        cmocka_unit_test(test_schedule_of_another_name_in_the_store_is_rejected),
        cmocka_unit_test(test_schedule_of_another_test_is_an_error_at_exit),
        cmocka_unit_test(test_good_schedule_is_still_accepted),
        cmocka_unit_test(test_nested_run_is_refused),
        cmocka_unit_test(test_parking_outside_of_a_goroutine_ends_with_a_message),
    };
    return cmocka_run_group_tests(tests, make_good_schedule, drop_good_schedule);
}
