/* limits_test.c: the edges of a run: its settings, its limit of goroutines, its end.
 * Method: return values of weft_run_with; complaints are read from a child's standard error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>

#include <cmocka.h>

#include <weft.h>

#include "child.h"
#include "core/fail.h"

static void nothing(void *arg)
{
    (void)arg;
}

static void receive(void *ch)
{
    (void)weft_chan_recv(ch, NULL);
}

/* ---- settings ---- */

typedef struct setting {
    const char *variable;
    const char *value;
} setting;

static int run_with_variable(const void *arg)
{
    const setting *const s = arg;
    (void)setenv(s->variable, s->value, 1);
    return -weft_run_with(&(weft_options){0}, nothing, NULL);
}

static void test_malformed_variables_are_refused_by_name(void **state)
{
    (void)state;
    static const setting rows[] = {
        {"WEFT_WORKERS", ""},        {"WEFT_WORKERS", "0"},
        {"WEFT_WORKERS", "2 "},      {"WEFT_WORKERS", "-1"},
        {"WEFT_WORKERS", "1025"},    {"WEFT_WORKERS", "99999999999999999999999"},
        {"WEFT_STACK_SIZE", "64k"},  {"WEFT_STACK_SIZE", "1073741825"},
        {"WEFT_GOROUTINES", "0x10"}, {"WEFT_GOROUTINES", "4294967296"},
        {"WEFT_THREADS", "0"},       {"WEFT_SLICE_US", "10ms"},
    };
    static child c;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char start[128];
        (void)snprintf(start, sizeof start, "weft: %s=%s: ", rows[i].variable, rows[i].value);
        child_run(&c, run_with_variable, &rows[i]);
        assert_int_equal(child_exit(&c), EINVAL);
        assert_memory_equal(c.said, start, strlen(start));
        assert_ptr_equal(strchr(c.said, '\n'), c.said + strlen(c.said) - 1);
    }
}

static void test_well_formed_variables_are_taken(void **state)
{
    (void)state;
    static const setting rows[] = {
        {"WEFT_WORKERS", "3"}, {"WEFT_STACK_SIZE", "20000"}, {"WEFT_GOROUTINES", "1"}};
    static child c;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        child_run(&c, run_with_variable, &rows[i]);
        assert_int_equal(child_exit(&c), 0);
        assert_string_equal(c.said, "");
    }
}

static int run_with_too_large_an_option(const void *arg)
{
    (void)arg;
    return -weft_run_with(&(weft_options){.stack_size = SIZE_MAX}, nothing, NULL);
}

static void test_too_large_an_option_is_refused(void **state)
{
    (void)state;
    static child c;
    child_run(&c, run_with_too_large_an_option, NULL);
    assert_int_equal(child_exit(&c), EINVAL);
    assert_non_null(strstr(c.said, "WEFT_STACK_SIZE"));
}

/* ---- the limit ---- */

enum { LIMIT = 10 };

typedef struct counts {
    int started;
    int error;
    int started_again;
} counts;

static void main_limit(void *arg)
{
    counts *const n = arg;
    weft_chan *const ch = weft_chan_make(0, 0);
    weft_waitgroup group = {0};
    while ((n->error = weft_waitgroup_go(&group, receive, ch)) == 0) {
        n->started++;
    }
    weft_chan_close(ch);
    while (n->started_again < LIMIT * 20) {
        n->started_again += weft_go(nothing, NULL) == 0;
        weft_yield();
    }
    weft_waitgroup_wait(&group);
    weft_chan_release(ch);
}

static void test_the_goroutine_limit_counts_those_alive(void **state)
{
    (void)state;
    static const uint32_t worker_counts[] = {1, 2, 8};
    for (size_t i = 0; i < sizeof worker_counts / sizeof *worker_counts; i++) {
        counts n = {0};
        const weft_options options = {.workers = worker_counts[i], .goroutine_limit = LIMIT};
        assert_int_equal(weft_run_with(&options, main_limit, &n), 0);
        assert_int_equal(n.error, -EAGAIN);
        assert_int_equal(n.started, LIMIT - 1); /* main is one */
        assert_int_equal(n.started_again, LIMIT * 20);
    }
}

/* ---- runs within and beside runs ---- */

static void main_nested(void *arg)
{
    *(int *)arg = weft_run_with(&(weft_options){0}, nothing, NULL);
}

static int run_nested(const void *arg)
{
    (void)arg;
    int result = 0;
    return weft_run_with(&(weft_options){0}, main_nested, &result) == 0 ? -result : -1;
}

static void test_a_nested_run_is_refused(void **state)
{
    (void)state;
    static child c;
    child_run(&c, run_nested, NULL);
    assert_int_equal(child_exit(&c), EINVAL);
    assert_non_null(strstr(c.said, "weft: weft_run: "));
}

static void *run_on_thread(void *arg)
{
    *(int *)arg = weft_run_with(&(weft_options){.workers = 1}, nothing, NULL);
    return NULL;
}

static void main_with_thread(void *arg)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_on_thread, arg) == 0) {
        (void)pthread_join(thread, NULL);
    }
}

static int run_beside(const void *arg)
{
    (void)arg;
    int result = 0;
    return weft_run_with(&(weft_options){0}, main_with_thread, &result) == 0 ? -result : -1;
}

static void test_a_second_run_at_the_same_time_is_refused(void **state)
{
    (void)state;
    static child c;
    child_run(&c, run_beside, NULL);
    assert_int_equal(child_exit(&c), EINVAL);
    assert_non_null(strstr(c.said, "weft: weft_run: "));
}

/* ---- the end ---- */

static void never_ends(void *arg)
{
    for (;;) {
        if (arg == NULL) {
            weft_yield();
        } else {
            weft_point(arg);
        }
    }
}

static void main_returns_early(void *arg)
{
    for (int i = 0; i < 20; i++) {
        *(int *)arg += weft_go(never_ends, i % 2 == 0 ? arg : NULL) == 0;
        *(int *)arg += weft_go(receive, NULL) == 0;
    }
    weft_sleep(WEFT_MILLISECOND);
}

static void test_main_returns_with_goroutines_running(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 30; i++) {
        int started = 0;
        const weft_options options = {.workers = 1 + i % 8, .stack_size = 1};
        assert_int_equal(weft_run_with(&options, main_returns_early, &started), 0);
        assert_int_equal(started, 40);
    }
}

static void fail_here(void *arg)
{
    (void)arg;
    weft__fail_run(weft__self(), NULL, "some_test.c", 12, "1 != 2");
}

static void main_fails(void *arg)
{
    if (arg != NULL) {
        fail_here(arg);
    }
    if (weft_go(never_ends, NULL) == 0 && weft_go(fail_here, NULL) == 0) {
        never_ends(NULL);
    }
}

static void test_a_failed_check_ends_the_run(void **state)
{
    (void)state;
    static const uint32_t worker_counts[] = {1, 2, 8};
    for (size_t i = 0; i < sizeof worker_counts / sizeof *worker_counts; i++) {
        const weft_options options = {.workers = worker_counts[i]};
        int here = 1;
        assert_false(weft__inside());
        assert_int_equal(weft_run_with(&options, main_fails, NULL), 1);
        assert_string_equal(weft__fail_message(), "some_test.c:12: 1 != 2");
        assert_int_equal(weft_run_with(&options, main_fails, &here), 1);
        assert_int_equal(weft_run_with(&options, nothing, NULL), 0);
        assert_string_equal(weft__fail_message(), "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_malformed_variables_are_refused_by_name),
        cmocka_unit_test(test_well_formed_variables_are_taken),
        cmocka_unit_test(test_too_large_an_option_is_refused),
        cmocka_unit_test(test_the_goroutine_limit_counts_those_alive),
        cmocka_unit_test(test_a_nested_run_is_refused),
        cmocka_unit_test(test_a_second_run_at_the_same_time_is_refused),
        cmocka_unit_test(test_main_returns_with_goroutines_running),
        cmocka_unit_test(test_a_failed_check_ends_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
