/* waiting_test.c: what lists of goroutines say about those that wait.
 * Goal: the object that each waits for, with its state, and for how long it has waited.
 * Method: one goroutine for each kind of waiting, in a child process; objects are static, so that
 * their addresses are known here too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include <weft.h>

#include "child.h"

#define LONG_NS (800 * WEFT_MILLISECOND)

static weft_mutex mutex;
static weft_rwmutex rwmutex;
static weft_mutex cond_mutex;
static weft_cond cond;
static weft_waitgroup waitgroup;
static weft_once once;
static weft_sema sema;
static weft_chan *empty;
static weft_chan *full;

static void receives(void *arg)
{
    (void)arg;
    (void)weft_chan_recv(empty, NULL);
}

static void sends(void *arg)
{
    (void)arg;
    for (int i = 0; i < 10; i++) {
        weft_chan_send(full, &i);
    }
}

static void selects(void *arg)
{
    int value = 0;
    weft_case cases[] = {WEFT_SEND(full, &value), WEFT_RECV(empty, arg), WEFT_RECV(NULL, NULL),
                         WEFT_UNTIL(weft_now() + 500 * WEFT_SECOND)};
    (void)weft_select(cases, 4);
}

static void locks(void *arg)
{
    (void)arg;
    weft_mutex_lock(&mutex);
}

static void locks_to_read(void *arg)
{
    (void)arg;
    weft_rwmutex_rlock(&rwmutex);
}

static void waits_at_cond(void *arg)
{
    (void)arg;
    weft_mutex_lock(&cond_mutex);
    weft_cond_wait(&cond, &cond_mutex);
}

static void waits_for_group(void *arg)
{
    (void)arg;
    weft_waitgroup_wait(&waitgroup);
}

static void does_once(void *arg)
{
    weft_once_do(&once, receives, arg);
}

static void acquires(void *arg)
{
    (void)arg;
    weft_sema_acquire(&sema, 3);
}

static void sleeps(void *arg)
{
    (void)arg;
    weft_sleep(500 * WEFT_SECOND);
}

static __attribute__((noinline)) void start(weft_fn *fn)
{
    if ((weft_go)(fn, NULL) != 0) {
        abort();
    }
}

static void start_all(void)
{
    weft_fn *const all[] = {receives,      sends,         selects,         locks,
                            locks_to_read, waits_at_cond, waits_for_group, does_once,
                            does_once,     acquires,      sleeps};
    empty = weft_chan_make(0, 0);
    full = weft_chan_make(sizeof(int), 4);
    weft_mutex_lock(&mutex);
    weft_rwmutex_lock(&rwmutex);
    weft_waitgroup_add(&waitgroup, 7);
    sema = WEFT_SEMA(5);
    weft_sema_acquire(&sema, 4);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        start(all[i]);
    }
}

static void main_dumps(void *arg)
{
    (void)arg;
    start_all();
    weft_sleep(300 * WEFT_MILLISECOND);
    (void)weft_dump(STDERR_FILENO);
}

/* While main sleeps all do: no monitor looks at the clock. */
static void main_dumps_who_has_just_parked(void *arg)
{
    (void)arg;
    weft_sleep(LONG_NS);
    empty = weft_chan_make(0, 0);
    start(receives);
    weft_sleep(1);
    (void)weft_dump(STDERR_FILENO);
}

/* The worker is never idle: only the monitor looks at the clock. */
static void main_dumps_after_work(void *arg)
{
    (void)arg;
    const int64_t begin_ns = weft_now();
    while (weft_now() < begin_ns + LONG_NS) {
        weft_yield();
    }
    empty = weft_chan_make(0, 0);
    start(receives);
    weft_yield();
    (void)weft_dump(STDERR_FILENO);
}

static void blocks_and_receives(void *arg)
{
    const struct timespec duration = {.tv_nsec = LONG_NS};
    (void)nanosleep(&duration, NULL);
    receives(arg);
}

static void parks_at_large(void *arg)
{
    weft_blocking(blocks_and_receives, arg);
}

/* The worker goes to another thread, as there is somebody to run, and is idle then: neither it nor
 * the monitor looks at the clock before the first thread's goroutine parks. */
static void main_dumps_who_parked_without_a_worker(void *arg)
{
    (void)arg;
    empty = weft_chan_make(0, 0);
    start(sleeps);
    start(parks_at_large);
    weft_sleep(LONG_NS + 10 * WEFT_MILLISECOND);
    (void)weft_dump(STDERR_FILENO);
}

static void main_dumps_who_has_not_run(void *arg)
{
    (void)arg;
    start(sleeps);
    (void)weft_dump(STDERR_FILENO);
}

/* The slice: nobody loses the worker because the machine is busy. */
static int run(const void *arg)
{
    weft_fn *const *const main_fn = arg;
    return weft_run_with(&(weft_options){.workers = 1, .slice_us = 1000000}, *main_fn, NULL);
}

static const char *dump_of(weft_fn *main_fn)
{
    static child c;
    child_run(&c, run, &main_fn);
    if (child_exit(&c) != 0) {
        fail_msg("exit %d, and said:\n%s", child_exit(&c), c.said);
    }
    return c.said;
}

static void WEFT_PRINTF(2, 3) expect(const char *said, const char *format, ...)
{
    char words[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(words, sizeof words, format, args);
    va_end(args);
    if (strstr(said, words) == NULL) {
        fail_msg("not said: \"%s\" in:\n%s", words, said);
    }
}

static void test_what_they_wait_for_is_told(void **state)
{
    (void)state;
    const char *const said = dump_of(main_dumps);
    expect(said, "12 goroutines\n");
    expect(said, "\n        on channel 0x");
    expect(said, " (0 of 0 buffered)\n        at ");
    expect(said, " (4 of 4 buffered)\n        at ");
    expect(said, " to send (4 of 4 buffered)\n        on channel 0x");
    expect(said, " to receive (0 of 0 buffered)\n        on a timer, due in 499 s\n        at ");
    expect(said, "\n        on mutex %p\n        at ", (void *)&mutex);
    expect(said, "\n        on rwmutex %p (a writer has it)\n        at ", (void *)&rwmutex);
    expect(said, "\n        on cond %p\n        at ", (void *)&cond);
    expect(said, "\n        on wait group %p (count 7)\n        at ", (void *)&waitgroup);
    expect(said, "\n        on once %p\n        at ", (void *)&once);
    expect(said, "\n        on semaphore %p (4 of 5 units held)\n        at ", (void *)&sema);
    expect(said, "]: goroutine\n        on a timer, due in 499 s\n        at ");
}

/* Milliseconds behind `why` in the list. */
static long waited_ms(const char *said, const char *why)
{
    const char *const at = strstr(said, why);
    return at == NULL ? -1 : strtol(at + strlen(why), NULL, 10);
}

static void test_how_long_they_have_waited_is_told(void **state)
{
    (void)state;
    const char *const said = dump_of(main_dumps);
    const char *const whys[] = {
        "[channel receive, ", "[channel send, ",    "[select, ", "[mutex lock, ",
        "[cond wait, ",       "[wait group wait, ", "[once, ",   "[sleep, "};
    for (size_t i = 0; i < sizeof whys / sizeof *whys; i++) {
        const long ms = waited_ms(said, whys[i]);
        if (ms < 300 || ms > 9999) {
            fail_msg("%s%ld in:\n%s", whys[i], ms, said);
        }
    }
}

static void test_the_time_does_not_begin_before_they_park(void **state)
{
    (void)state;
    weft_fn *const programs[] = {main_dumps_who_has_just_parked, main_dumps_after_work,
                                 main_dumps_who_parked_without_a_worker};
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        const char *const said = dump_of(programs[i]);
        expect(said, "[channel receive");
        assert_true(waited_ms(said, "[channel receive, ") < LONG_NS / WEFT_MILLISECOND / 2);
    }
}

static void test_who_has_not_run_is_told_from_who_runs(void **state)
{
    (void)state;
    const char *const said = dump_of(main_dumps_who_has_not_run);
    expect(said, " [running]: main\n");
    expect(said, " [runnable, not started]: goroutine\n        created at start ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_they_wait_for_is_told),
        cmocka_unit_test(test_how_long_they_have_waited_is_told),
        cmocka_unit_test(test_the_time_does_not_begin_before_they_park),
        cmocka_unit_test(test_who_has_not_run_is_told_from_who_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
