/* deadlock_test.c: how a program ends that cannot go on.
 * Goal: Go's words on standard error, the goroutines with what they wait for, status 2; and no
 * false alarm while something can still happen.
 * Method: each program in a child process, with 1, 2 and 8 workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <weft.h>

#include "child.h"

/* One program, and what it must say. */
typedef struct program {
    weft_fn *main_fn;
    uint32_t workers;
    int exit_status;
    const char *words[6];
} program;

static int run(const void *arg)
{
    const program *const p = arg;
    return weft_run_with(&(weft_options){.workers = p->workers}, p->main_fn, NULL);
}

static void check_words(const program *p, const child *c)
{
    for (size_t i = 0; i < sizeof p->words / sizeof *p->words && p->words[i] != NULL; i++) {
        if (strstr(c->said, p->words[i]) == NULL) {
            fail_msg("not said: \"%s\" in:\n%s", p->words[i], c->said);
        }
    }
}

static void expect(program p)
{
    static child c;
    static const uint32_t worker_counts[] = {1, 2, 8};
    for (size_t i = 0; i < sizeof worker_counts / sizeof *worker_counts; i++) {
        p.workers = worker_counts[i];
        child_run(&c, run, &p);
        if (child_exit(&c) != p.exit_status) {
            fail_msg("exit %d, not %d, and said:\n%s", child_exit(&c), p.exit_status, c.said);
        }
        check_words(&p, &c);
    }
}

static void receive(void *ch)
{
    (void)weft_chan_recv(ch, NULL);
}

static void lock_twice(void *arg)
{
    (void)arg;
    static weft_mutex mutex;
    weft_mutex_lock(&mutex);
    weft_mutex_lock(&mutex);
}

static void main_all_asleep(void *arg)
{
    (void)arg;
    weft_chan *const ch = weft_chan_make(0, 0);
    if (weft_go(receive, ch) == 0 && weft_go(lock_twice, NULL) == 0) {
        receive(ch);
    }
}

static void test_all_goroutines_asleep_is_a_deadlock(void **state)
{
    (void)state;
    expect((program){.main_fn = main_all_asleep,
                     .exit_status = 2,
                     .words = {"fatal error: all goroutines are asleep - deadlock!\n\ngoroutine ",
                               " [channel receive", "]: receive\n        on channel 0x",
                               "]: lock_twice\n        on mutex 0x",
                               "\n        at lock_twice deadlock_test.c:",
                               "\n        created at main_all_asleep deadlock_test.c:"}});
}

static void main_null_channel(void *arg)
{
    receive(arg);
}

static void test_a_null_channel_is_a_deadlock(void **state)
{
    (void)state;
    expect((program){.main_fn = main_null_channel,
                     .exit_status = 2,
                     .words = {"all goroutines are asleep", " [channel receive (NULL channel)"}});
}

static void main_after_sleep(void *arg)
{
    weft_sleep(2 * WEFT_MILLISECOND);
    receive(arg);
}

static void test_a_deadlock_behind_a_sleep_is_seen(void **state)
{
    (void)state;
    expect((program){
        .main_fn = main_after_sleep, .exit_status = 2, .words = {"all goroutines are asleep"}});
}

static void main_unread_ticker(void *arg)
{
    weft_ticker *const ticker = weft_ticker_make(WEFT_MILLISECOND);
    receive(arg);
    weft_ticker_release(ticker);
}

static void test_a_ticker_that_nobody_reads_does_not_hide_a_deadlock(void **state)
{
    (void)state;
    expect((program){
        .main_fn = main_unread_ticker, .exit_status = 2, .words = {"all goroutines are asleep"}});
}

static void nap(void *arg)
{
    (void)arg;
    weft_sleep(WEFT_MILLISECOND);
}

static void main_exits(void *arg)
{
    (void)arg;
    if (weft_go(nap, NULL) == 0) {
        weft_exit();
    }
}

static void test_main_exit_ends_when_the_others_have(void **state)
{
    (void)state;
    expect((program){.main_fn = main_exits,
                     .exit_status = 2,
                     .words = {"fatal error: no goroutines (main called weft_exit) - deadlock!"}});
}

static void send_later(void *ch)
{
    weft_sleep(3 * WEFT_MILLISECOND);
    weft_chan_send(ch, NULL);
}

static void main_waits_for_timers(void *arg)
{
    (void)arg;
    weft_chan *const ch = weft_chan_make(0, 0);
    weft_ticker *const ticker = weft_ticker_make(WEFT_MILLISECOND);
    if (weft_go(send_later, ch) != 0) {
        return;
    }
    receive(ch);
    receive(weft_ticker_chan(ticker));
    receive(weft_ticker_chan(ticker));
    (void)weft_chan_recv_until(ch, NULL, weft_now() + WEFT_MILLISECOND);
    weft_ticker_release(ticker);
    weft_chan_release(ch);
}

static void test_waiting_for_a_timer_is_no_deadlock(void **state)
{
    (void)state;
    expect((program){.main_fn = main_waits_for_timers, .exit_status = 0});
}

/* ---- other ends ---- */

static void main_panics(void *arg)
{
    (void)arg;
    weft_panic("no %s", "way");
}

static void test_a_panic_ends_the_program(void **state)
{
    (void)state;
    expect((program){.main_fn = main_panics,
                     .exit_status = 2,
                     .words = {"panic: no way\n\ngoroutine ", " [running]: main\n        at ",
                               " deadlock_test.c:", "\n        at weft__g_main "}});
}

static void main_asserts(void *arg)
{
    WEFT_ASSERT(arg != NULL);
}

static void test_a_failed_assertion_ends_the_program(void **state)
{
    (void)state;
    expect((program){.main_fn = main_asserts,
                     .exit_status = 2,
                     .words = {"assertion failed: ", "arg != NULL\n\ngoroutine "}});
}

static int park_outside(const void *arg)
{
    (void)arg;
    weft_chan *const ch = weft_chan_make(0, 0);
    receive(ch);
    return 0;
}

static void test_parking_outside_of_a_run_is_fatal(void **state)
{
    (void)state;
    static child c;
    child_run(&c, park_outside, NULL);
    assert_int_equal(child_exit(&c), 2);
    assert_non_null(
        strstr(c.said, "fatal error: channel receive would park outside of weft_run\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_goroutines_asleep_is_a_deadlock),
        cmocka_unit_test(test_a_null_channel_is_a_deadlock),
        cmocka_unit_test(test_a_deadlock_behind_a_sleep_is_seen),
        cmocka_unit_test(test_a_ticker_that_nobody_reads_does_not_hide_a_deadlock),
        cmocka_unit_test(test_main_exit_ends_when_the_others_have),
        cmocka_unit_test(test_waiting_for_a_timer_is_no_deadlock),
        cmocka_unit_test(test_a_panic_ends_the_program),
        cmocka_unit_test(test_a_failed_assertion_ends_the_program),
        cmocka_unit_test(test_parking_outside_of_a_run_is_fatal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
