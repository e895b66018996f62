/* busy_test.c: loops that touch memory, or nothing at all: those that somebody ends do end, the
 * others are judged by steps, and where nothing tells of them by a clock. */
#include "../support/explore.h"

#include <stdatomic.h>
#include <stdio.h>

static volatile int volatile_flag;
static int plain_flag;
static atomic_int atomic_flag_;
static volatile unsigned long sink;

static weft_result explore(weft_fn *fn, const char *races)
{
    weft_result result;
    const weft_options options = {
        .name = "busy", .schedules = 50, .max_steps = 3000, .races = races, .time_ns = WEFT_NEVER};
    assert_true(weft_explore(&options, fn, NULL, &result) >= 0);
    return result;
}

static void expect_clean(weft_fn *fn)
{
    weft_result result = explore(fn, "off");
    assert_int_equal(result.finding_count, 0);
    assert_true(result.runs >= 50);
    weft_result_clear(&result);
}

/* Returns the message, until the next call. */
static const char *expect_found(weft_fn *fn, weft_finding_kind kind)
{
    static char message[512] WEFT_KEEP;
    weft_result result = explore(fn, "off");
    assert_int_equal(result.finding_count, 1);
    assert_string_equal(weft_finding_kind_name(result.findings[0].kind),
                        weft_finding_kind_name(kind));
    (void)snprintf(message, sizeof message, "%s", result.findings[0].message);
    weft_result_clear(&result);
    return message;
}

static void set_all(void *arg)
{
    (void)arg;
    volatile_flag = 1;
    *(volatile int *)&plain_flag = 1;
    atomic_store(&atomic_flag_, 1);
}

static void await_volatile(void *arg)
{
    weft_go(set_all, arg);
    while (volatile_flag == 0) {
    }
}

static void await_plain(void *arg)
{
    weft_go(set_all, arg);
    while (*(volatile int *)&plain_flag == 0) {
    }
}

static void await_atomic(void *arg)
{
    weft_go(set_all, arg);
    while (atomic_load(&atomic_flag_) == 0) {
    }
}

static void loops_that_somebody_ends_end(void **state)
{
    (void)state;
    expect_clean(await_volatile);
    expect_clean(await_plain);
    expect_clean(await_atomic);
}

static void await_nobody_volatile(void *arg)
{
    (void)arg;
    while (volatile_flag == 0) {
    }
}

static void await_nobody_atomic(void *arg)
{
    (void)arg;
    while (atomic_load(&atomic_flag_) == 0) {
    }
}

static void count_for_ever(void *arg)
{
    (void)arg;
    unsigned long odd = 1;
    while (odd != 0) {
        odd = odd * 3 | 1;
        __asm__ volatile("" : "+r"(odd));
    }
    sink = odd;
}

static void loops_that_nobody_ends_are_judged_by_steps(void **state)
{
    (void)state;
    (void)expect_found(await_nobody_volatile, WEFT_FOUND_LIVELOCK);
    (void)expect_found(await_nobody_atomic, WEFT_FOUND_LIVELOCK);
    const char *const message = expect_found(count_for_ever, WEFT_FOUND_LIVELOCK);
    assert_null(strstr(message, "clock"));
}

static void compute(void *arg)
{
    (void)arg;
    unsigned long hash = 1;
    for (unsigned long i = 0; i < 200000; i++) {
        hash = hash * 31 + i;
        __asm__ volatile("" : "+r"(hash));
    }
    sink = hash;
}

static void long_computations_are_no_finding(void **state)
{
    (void)state;
    expect_clean(compute);
}

/* One instruction: neither access nor branch tells of it. */
static void stand_still(void *arg)
{
    (void)arg;
    __asm__ volatile("1:\n\t"
#if defined(__x86_64__)
                     "jmp 1b"
#else
                     "b 1b"
#endif
    );
}

static void what_nothing_tells_of_is_found_by_a_clock(void **state)
{
    (void)state;
    const char *const message = expect_found(stand_still, WEFT_FOUND_RUNAWAY);
    assert_non_null(strstr(message, "found by a clock, not by a schedule"));
    assert_non_null(strstr(message, "goroutine \"main\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loops_that_somebody_ends_end),
        cmocka_unit_test(loops_that_nobody_ends_are_judged_by_steps),
        cmocka_unit_test(long_computations_are_no_finding),
        cmocka_unit_test(what_nothing_tells_of_is_found_by_a_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
