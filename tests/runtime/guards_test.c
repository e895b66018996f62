/* guards_test.c: a kernel without MADV_GUARD_INSTALL, and an address space that is used up.
 * Goal: there too a great many goroutines can be parked, the first thousands of them guarded,
 * most mappings are left to the program; where there is no memory, -ENOMEM, and all goes on.
 * Method: this program's madvise refuses guards; /proc/self/maps is counted; RLIMIT_AS in a
 * child. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include <weft.h>

#include "child.h"

enum { GUARD_INSTALL = 102, CROWD = 50000 };

static bool refused; /* whether Weft has asked for a guard, and not got it */

int madvise(void *start, size_t size, int advice)
{
    if (advice == GUARD_INSTALL) {
        refused = true;
        errno = EINVAL;
        return -1;
    }
    return (int)syscall(SYS_madvise, start, size, advice);
}

typedef struct crowd {
    weft_chan *gate;
    weft_waitgroup group;
    atomic_uint arrived;
    uint32_t started;
    int error; /* that ended the starting */
    int mappings;
    int inaccessible;
} crowd;

static void wait_at_gate(void *arg)
{
    crowd *const c = arg;
    (void)atomic_fetch_add(&c->arrived, 1);
    (void)weft_chan_recv(c->gate, NULL);
}

static void count_mappings(crowd *c)
{
    char line[512];
    FILE *const maps = fopen("/proc/self/maps", "r");
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        c->mappings++;
        c->inaccessible += strstr(line, " ---p ") != NULL;
    }
    if (maps != NULL) {
        (void)fclose(maps);
    }
}

static int mappings_max(void)
{
    char text[32] = "";
    FILE *const file = fopen("/proc/sys/vm/max_map_count", "r");
    if (file != NULL) {
        (void)!fgets(text, sizeof text, file);
        (void)fclose(file);
    }
    return atoi(text);
}

static void start_up_to(crowd *c, uint32_t count)
{
    while (c->started < count && (c->error = weft_waitgroup_go(&c->group, wait_at_gate, c)) == 0) {
        c->started++;
    }
    while (atomic_load(&c->arrived) < c->started) {
        weft_yield();
    }
}

static void let_go(crowd *c)
{
    weft_chan_close(c->gate);
    weft_waitgroup_wait(&c->group);
    weft_chan_release(c->gate);
}

/* ---- guards made by mprotect ---- */

static void main_parks_a_crowd(void *arg)
{
    crowd *const c = arg;
    c->gate = weft_chan_make(0, 0);
    start_up_to(c, CROWD);
    count_mappings(c);
    let_go(c);
}

static void test_guards_leave_most_mappings_to_the_program(void **state)
{
    (void)state;
    crowd c = {0};
    const weft_options options = {.workers = 2, .stack_size = 1};
    if (SANITIZED) {
        skip(); /* ThreadSanitizer needs mappings of its own for each goroutine */
    }
    assert_int_equal(weft_run_with(&options, main_parks_a_crowd, &c), 0);
    assert_true(refused);
    assert_int_equal(c.started, CROWD);
    const int limit = mappings_max();
    const int guarded = limit / 8 < CROWD ? limit / 8 : CROWD; /* each costs two mappings */
    assert_in_range(c.inaccessible, guarded - 100, limit / 8 + 100);
    assert_true(c.mappings < limit / 4 + 1000);
}

static volatile int bottom = -1;

static int descend(int n)
{
    volatile char frame[100];
    frame[0] = (char)n;
    return n == bottom ? 0 : descend(n + 1) + frame[0];
}

static void main_overflows(void *arg)
{
    (void)arg;
    (void)descend(0);
}

static int run_overflow(const void *arg)
{
    (void)arg;
    return weft_run_with(&(weft_options){.workers = 2}, main_overflows, NULL);
}

static void test_guards_by_mprotect_tell_an_overflow(void **state)
{
    (void)state;
    static child c;
    child_run(&c, run_overflow, NULL);
    assert_int_equal(child_exit(&c), 2);
    assert_non_null(strstr(c.said, "fatal error: stack overflow: "));
}

/* ---- no memory ---- */

/* Starts goroutines until there is no memory, lets them end, and does it again: the second time
 * just as many can be started. */
static void main_uses_up_memory(void *arg)
{
    uint32_t *const started = arg;
    for (int i = 0; i < 2; i++) {
        crowd c = {.gate = weft_chan_make(0, 0)};
        start_up_to(&c, CROWD);
        started[i] = c.error == -ENOMEM ? c.started : 0;
        let_go(&c);
    }
}

static int run_in_little_memory(const void *arg)
{
    (void)arg;
    uint32_t started[2] = {0};
    const weft_options options = {.workers = 2, .stack_size = (size_t)4 << 20};
    const int error = child_limit_memory((size_t)400 << 20);
    if (error != 0) {
        return error;
    }
    if (weft_run_with(&options, main_uses_up_memory, started) != 0) {
        return 2;
    }
    return started[0] < 20 || started[0] > 100 || started[1] < started[0] ? 3 : 0;
}

static void test_no_memory_for_a_stack_is_an_error_and_nothing_is_lost(void **state)
{
    (void)state;
    static child c;
    if (SANITIZED) {
        skip(); /* they need more address space than any limit leaves */
    }
    child_run(&c, run_in_little_memory, NULL);
    if (child_exit(&c) == CHILD_NO_LIMITS) {
        skip();
    }
    assert_string_equal(c.said, "");
    assert_int_equal(child_exit(&c), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guards_by_mprotect_tell_an_overflow),
        cmocka_unit_test(test_no_memory_for_a_stack_is_an_error_and_nothing_is_lost),
        cmocka_unit_test(test_guards_leave_most_mappings_to_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
