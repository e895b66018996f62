/* dump_test.c: lists of goroutines.
 * Goal: weft_dump, SIGQUIT and WEFT_LEAKS name every goroutine with its state, stack and origin;
 * the program goes on; a handler that was there is called.
 * Method: each program in a child process. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <weft.h>

#include "child.h"

static volatile sig_atomic_t handled;

static void receive(void *ch)
{
    (void)weft_chan_recv(ch, NULL);
}

/* A receiver that has had the time to park. */
static __attribute__((noinline)) weft_chan *start_receiver(void)
{
    weft_chan *const ch = weft_chan_make(0, 0);
    if (weft_go(receive, ch) != 0) {
        abort();
    }
    weft_sleep(20 * WEFT_MILLISECOND);
    return ch;
}

static void main_dumps(void *arg)
{
    (void)arg;
    weft_chan *const ch = start_receiver();
    if (weft_dump(STDERR_FILENO) != 0) {
        abort();
    }
    weft_chan_close(ch);
}

static void main_signals(void *arg)
{
    (void)arg;
    weft_chan *const ch = start_receiver();
    (void)kill(getpid(), SIGQUIT);
    weft_sleep(500 * WEFT_MILLISECOND);
    weft_chan_close(ch);
}

static void main_leaks(void *arg)
{
    (void)arg;
    (void)start_receiver();
}

static int run(const void *arg)
{
    weft_fn *const *const main_fn = arg;
    return weft_run_with(&(weft_options){.workers = 2}, *main_fn, NULL);
}

typedef struct configured {
    weft_options options;
    const char *dump_signal; /* WEFT_DUMP_SIGNAL */
    weft_fn *main_fn;
} configured;

static int run_configured(const void *arg)
{
    const configured *const c = arg;
    (void)setenv("WEFT_DUMP_SIGNAL", c->dump_signal, 1);
    return weft_run_with(&c->options, c->main_fn, NULL) == 0 ? 0 : 1;
}

static void handle(int number)
{
    (void)number;
    handled = 1;
}

static int run_handling(const void *arg)
{
    (void)signal(SIGQUIT, handle);
    const int result = run(arg);
    return result == 0 && handled ? 7 : 1;
}

static int run_reporting_leaks(const void *arg)
{
    (void)setenv("WEFT_LEAKS", "1", 1);
    return run(arg);
}

static int run_without_signal(const void *arg)
{
    (void)setenv("WEFT_DUMP_SIGNAL", "0", 1);
    return run(arg);
}

static void expect_said(const child *c, const char *words)
{
    if (strstr(c->said, words) == NULL) {
        fail_msg("not said: \"%s\" in:\n%s", words, c->said);
    }
}

static void expect_receiver(const child *c)
{
    expect_said(c, "]: receive\n        on channel 0x");
    expect_said(c, "\n        at receive dump_test.c:");
    expect_said(c, "\n        created at start_receiver dump_test.c:");
}

static void check(int (*body)(const void *arg), weft_fn *main_fn, int exit_status, child *ret_child)
{
    child_run(ret_child, body, &main_fn);
    if (child_exit(ret_child) != exit_status) {
        fail_msg("exit %d, and said:\n%s", child_exit(ret_child), ret_child->said);
    }
}

static void test_the_program_lists_its_goroutines(void **state)
{
    (void)state;
    static child c;
    check(run, main_dumps, 0, &c);
    expect_said(&c, "2 goroutines\n\ngoroutine 1 [running]: main\n");
    expect_receiver(&c);
}

static void test_a_signal_lists_the_goroutines(void **state)
{
    (void)state;
    static child c;
    check(run, main_signals, 0, &c);
    expect_receiver(&c);
    check(run_without_signal, main_signals, -SIGQUIT, &c);
}

static void test_the_handler_that_was_there_is_called(void **state)
{
    (void)state;
    static child c;
    check(run_handling, main_signals, 7, &c);
    expect_receiver(&c);
}

static void test_leaks_are_reported_when_asked(void **state)
{
    (void)state;
    static child c;
    check(run_reporting_leaks, main_leaks, 0, &c);
    expect_said(&c, "leak: 1 goroutines had not ended when main returned\n\ngoroutine ");
    expect_receiver(&c);
    check(run, main_leaks, 0, &c);
    assert_string_equal(c.said, "");
}

static void expect_configured(configured c, int exit_status, const char *words)
{
    static child ended;
    child_run(&ended, run_configured, &c);
    assert_int_equal(child_exit(&ended), exit_status);
    expect_said(&ended, words);
}

static void test_options_win_over_the_environment(void **state)
{
    (void)state;
    const char *const receiver = " [channel receive";
    expect_configured((configured){{.dump_signal = SIGQUIT}, "0", main_signals}, 0, receiver);
    expect_configured((configured){{.dump_signal = -1}, "3", main_signals}, -SIGQUIT, "");
    expect_configured((configured){{.dump_signal = 1000}, "3", main_signals}, 1,
                      "the option for WEFT_DUMP_SIGNAL is 1000: it must be at most ");
    expect_configured((configured){{.leaks = true}, "0", main_leaks}, 0, receiver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_program_lists_its_goroutines),
        cmocka_unit_test(test_a_signal_lists_the_goroutines),
        cmocka_unit_test(test_the_handler_that_was_there_is_called),
        cmocka_unit_test(test_leaks_are_reported_when_asked),
        cmocka_unit_test(test_options_win_over_the_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
