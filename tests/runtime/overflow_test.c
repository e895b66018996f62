/* overflow_test.c: goroutines that use up their stacks, and other invalid memory accesses.
 * Goal: an overflow is told by goroutine, place and size, with status 2; everything else that
 * raises SIGSEGV goes where it would have gone without Weft.
 * Method: each program in a child process. Where nobody can say the source line, places are
 * compared with the addresses of functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dlfcn.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>

#include <cmocka.h>

#include <weft.h>

#include "child.h"

static const uint32_t worker_counts[] = {1, 2, 8};
enum { COUNTS = sizeof worker_counts / sizeof *worker_counts };

/* ---- overflows ---- */

static volatile int bottom = -1;

enum { FIRST_LINE = __LINE__ };
static __attribute__((noinline)) int descend(int n)
{
    volatile char frame[100];
    frame[0] = (char)n;
    return n == bottom ? 0 : descend(n + 1) + frame[0];
}
enum { LAST_LINE = __LINE__ };

static void descend_for_ever(void *arg)
{
    for (uintptr_t i = 0; i < 10; i++) {
        weft_yield();
    }
    (void)descend(arg != NULL);
}

static void wait_for_ever(void *arg)
{
    (void)arg;
    (void)weft_chan_recv(NULL, NULL);
}

static void main_starts_it(void *arg)
{
    (void)arg;
    const weft_go_options options = {.name = "the deep one", .stack_size = (size_t)40 << 10};
    if (weft_go(wait_for_ever, NULL) == 0 && weft_go_with(&options, descend_for_ever, NULL) == 0) {
        wait_for_ever(NULL);
    }
}

typedef struct program {
    weft_fn *main_fn;
    uint32_t workers;
} program;

static int run(const void *arg)
{
    const program *const p = arg;
    const weft_options options = {.workers = p->workers, .stack_size = (size_t)32 << 10};
    return weft_run_with(&options, p->main_fn, NULL);
}

/* Whether text says, behind `what`, a place in this program close behind a function's beginning. */
static bool says_place(const char *text, const char *what, void (*function)(void))
{
    Dl_info info;
    const char *const line = strstr(text, what);
    const char *const offset = line == NULL ? NULL : strstr(line, "+0x");
    if (offset == NULL || dladdr(*(void **)&function, &info) == 0) {
        return false;
    }
    const uintptr_t begin = (uintptr_t)function - (uintptr_t)info.dli_fbase;
    const uintptr_t at = strtoul(offset + 3, NULL, 16);
    return at >= begin && at < begin + 2000;
}

/* The innermost two frames. */
static void expect_lines_of_descend(const char *said)
{
    static const char at[] = "\n        at descend overflow_test.c:";
    for (int i = 0; i < 2; i++) {
        const char *const line = strstr(said, "\n        at ");
        if (line == NULL || strncmp(line, at, strlen(at)) != 0) {
            fail_msg("frame %d is not in descend:\n%s", i, said);
            return;
        }
        said = line + strlen(at);
        assert_in_range(strtol(said, NULL, 10), FIRST_LINE, LAST_LINE);
    }
}

static void expect_overflow(weft_fn *main_fn, const char *start, const char *goroutine, child *ret)
{
    for (int i = 0; i < COUNTS; i++) {
        const program p = {main_fn, worker_counts[i]};
        child_run(ret, run, &p);
        if (child_exit(ret) != 2 || strncmp(ret->said, start, strlen(start)) != 0 ||
            strstr(ret->said, goroutine) == NULL) {
            fail_msg("exit %d, and said:\n%s", child_exit(ret), ret->said);
        }
        expect_lines_of_descend(ret->said);
    }
}

static void test_an_overflow_names_goroutine_place_and_size(void **state)
{
    (void)state;
    static child c;
    expect_overflow(main_starts_it, "fatal error: stack overflow: the stack has 65536 bytes (",
                    " [running]: the deep one\n        at ", &c);
    assert_non_null(
        strstr(c.said, "\n        ...\n        created at main_starts_it overflow_test.c:"));
    assert_non_null(strstr(c.said, "weft_go_options.stack_size, WEFT_STACK_SIZE"));
}

static void test_main_can_overflow_too(void **state)
{
    (void)state;
    static child c;
    expect_overflow(descend_for_ever, "fatal error: stack overflow: the stack has 32768 bytes (",
                    " [running]: main\n        at ", &c);
}

/* With the loader's lock, which libdw needs. */
static int descend_locked(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)info;
    (void)size;
    return descend(arg != NULL);
}

static void main_descends_locked(void *arg)
{
    (void)dl_iterate_phdr(descend_locked, arg);
}

static void test_an_overflow_under_a_lock_that_the_report_needs_is_told_by_address(void **state)
{
    (void)state;
    static child c;
    const program p = {main_descends_locked, 2};
    child_run(&c, run, &p);
    assert_int_equal(child_exit(&c), 2);
    assert_non_null(strstr(c.said, "fatal error: stack overflow: the stack has 32768 bytes ("));
    assert_true(says_place(c.said, "\n        at ", (void (*)(void))descend));
}

/* Nothing here is left of the stack when it calls Weft. */
static __attribute__((noinline)) int yield_at_every_depth(int depth)
{
    volatile char frame[16];
    frame[0] = (char)depth;
    weft_yield();
    return depth == bottom ? 0 : yield_at_every_depth(depth + 1) + frame[0];
}

static void main_yields_at_every_depth(void *arg)
{
    (void)arg;
    (void)yield_at_every_depth(0);
}

static void test_an_overflow_within_weft_is_one_too(void **state)
{
    (void)state;
    static child c;
    if (SANITIZED) {
        skip(); /* whose own code may be what overflows, with a lock that the report needs */
    }
    for (int i = 0; i < COUNTS; i++) {
        const program p = {main_yields_at_every_depth, worker_counts[i]};
        child_run(&c, run, &p);
        if (child_exit(&c) != 2 || strstr(c.said, "fatal error: stack overflow: ") == NULL) {
            fail_msg("exit %d, and said:\n%s", child_exit(&c), c.said);
        }
    }
}

static void main_descends_far(void *arg)
{
    (void)arg;
    bottom = 3000;
    (void)descend(0);
}

static int run_on_large_stack(const void *arg)
{
    (void)arg;
    return weft_run_with(&(weft_options){.stack_size = (size_t)8 << 20}, main_descends_far, NULL);
}

static void test_a_larger_stack_helps(void **state)
{
    (void)state;
    static child c;
    child_run(&c, run_on_large_stack, NULL);
    assert_int_equal(child_exit(&c), 0);
    assert_string_equal(c.said, "");
}

/* ---- other faults ---- */

static int *volatile nowhere = (int *)64; /* not NULL: sanitizers look at that themselves */

static void main_writes_nowhere(void *arg)
{
    (void)arg;
    *nowhere = 1;
}

static void main_sends_the_signal(void *arg)
{
    (void)arg;
    (void)kill(getpid(), SIGSEGV);
    weft_sleep(WEFT_SECOND);
}

static void leave_by_handler(int number)
{
    _exit(number == SIGSEGV ? 41 : 1);
}

static void leave_by_action(int number, siginfo_t *info, void *context)
{
    _exit(number == SIGSEGV && info->si_addr == nowhere && context != NULL ? 42 : 1);
}

typedef struct handling {
    weft_fn *main_fn;
    struct sigaction before;
    int result;
} handling;

static int run_handled(const void *arg)
{
    const handling *const h = arg;
    (void)sigaction(SIGSEGV, &h->before, NULL);
    return run(&(program){h->main_fn, 2});
}

/* Nothing is said, except what qemu says of a program that a signal ends. */
static bool is_silent(const child *c)
{
    static const char qemu[] = "qemu: uncaught target signal 11 ";
    const char *const end = strchr(c->said, '\n');
    return c->said[0] == '\0' ||
           (strncmp(c->said, qemu, sizeof qemu - 1) == 0 && end != NULL && end[1] == '\0');
}

static void test_other_faults_go_where_they_went(void **state)
{
    (void)state;
    static child c;
    const handling rows[] = {
        {main_writes_nowhere, {.sa_handler = leave_by_handler}, 41},
        {main_writes_nowhere, {.sa_sigaction = leave_by_action, .sa_flags = SA_SIGINFO}, 42},
        {main_sends_the_signal, {.sa_handler = leave_by_handler}, 41},
        {main_writes_nowhere, {.sa_handler = SIG_DFL}, -SIGSEGV},
        {main_sends_the_signal, {.sa_handler = SIG_DFL}, -SIGSEGV},
    };
    const size_t count = sizeof rows / sizeof *rows - (SANITIZED ? 2 : 0);
    for (size_t i = 0; i < count; i++) {
        child_run(&c, run_handled, &rows[i]);
        assert_int_equal(child_exit(&c), rows[i].result);
        assert_true(is_silent(&c));
    }
}

static void nothing(void *arg)
{
    (void)arg;
}

static int keeps_what_was_there(const void *arg)
{
    static char own[128 << 10];
    const stack_t mine = {.ss_sp = own, .ss_size = sizeof own};
    struct sigaction action = {.sa_handler = leave_by_handler};
    struct sigaction after;
    stack_t stack_after;
    (void)sigaction(SIGSEGV, &action, NULL);
    (void)sigaltstack(arg == NULL ? &(stack_t){.ss_flags = SS_DISABLE} : &mine, NULL);
    if (run(&(program){nothing, 2}) != 0 || run(&(program){nothing, 1}) != 0) {
        return 1;
    }
    (void)sigaction(SIGSEGV, NULL, &after);
    (void)sigaltstack(NULL, &stack_after);
    return after.sa_handler == leave_by_handler &&
                   (arg == NULL ? (stack_after.ss_flags & SS_DISABLE) != 0
                                : stack_after.ss_sp == own)
               ? 0
               : 2;
}

static void test_handler_and_signal_stack_are_as_before_after_a_run(void **state)
{
    (void)state;
    static child c;
    child_run(&c, keeps_what_was_there, NULL);
    assert_int_equal(child_exit(&c), 0);
    child_run(&c, keeps_what_was_there, "with a stack of its own");
    assert_int_equal(child_exit(&c), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_overflow_names_goroutine_place_and_size),
        cmocka_unit_test(test_main_can_overflow_too),
        cmocka_unit_test(test_an_overflow_under_a_lock_that_the_report_needs_is_told_by_address),
        cmocka_unit_test(test_an_overflow_within_weft_is_one_too),
        cmocka_unit_test(test_a_larger_stack_helps),
        cmocka_unit_test(test_other_faults_go_where_they_went),
        cmocka_unit_test(test_handler_and_signal_stack_are_as_before_after_a_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
