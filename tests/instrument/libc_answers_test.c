/* libc_answers_test.c: clocks, sleeps, random numbers and the environment are the simulator's for
 * what runs in it, and libc's for everything else. */
#include "../support/explore.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

enum { YEAR_2000 = 946684800 };

/* The program again, in its other role. */
static const char *program;

/* ---- Clocks ---- */

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    WEFT_ASSERT(clock_gettime(clock, &now) == 0);
    return (int64_t)now.tv_sec * WEFT_SECOND + now.tv_nsec;
}

static void look_at_clocks(void *arg)
{
    struct timeval day;
    struct timespec utc;
    time_t at = 0;
    (void)arg;
    WEFT_ASSERT(time(NULL) == YEAR_2000 && time(&at) == YEAR_2000 && at == YEAR_2000);
    weft_sleep(WEFT_SECOND + 500 * WEFT_MILLISECOND);
    WEFT_ASSERT(time(NULL) == YEAR_2000 + 1);
    WEFT_ASSERT(gettimeofday(&day, NULL) == 0);
    WEFT_ASSERT(day.tv_sec == YEAR_2000 + 1 && day.tv_usec == 500000);
    WEFT_ASSERT(timespec_get(&utc, TIME_UTC) == TIME_UTC);
    WEFT_ASSERT(utc.tv_sec == YEAR_2000 + 1 && utc.tv_nsec == 500000000);
    WEFT_ASSERT(clock_ns(CLOCK_MONOTONIC) == weft_now());
    WEFT_ASSERT(clock_ns(CLOCK_BOOTTIME) == weft_now());
    WEFT_ASSERT(clock_ns(CLOCK_REALTIME) == YEAR_2000 * WEFT_SECOND + weft_now());
    WEFT_ASSERT(clock() == 1500000);
}

static void test_clocks_are_virtual_in_a_run_and_real_outside(void **state)
{
    (void)state;
    const time_t real = time(NULL);
    explore_clean(look_at_clocks, 500);
    assert_true(real > YEAR_2000 + 86400);
    assert_true(time(NULL) >= real && time(NULL) < real + 3600);
}

static void sleep_long(void *arg)
{
    struct timespec duration = {.tv_sec = 3600};
    (void)arg;
    WEFT_ASSERT(nanosleep(&duration, NULL) == 0);
    WEFT_ASSERT(weft_now() == 3600 * WEFT_SECOND);
    WEFT_ASSERT(sleep(100) == 0 && usleep(1000) == 0 && thrd_sleep(&duration, NULL) == 0);
    WEFT_ASSERT(weft_now() == 7300 * WEFT_SECOND + WEFT_MILLISECOND);
    duration.tv_sec = 7301;
    WEFT_ASSERT(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &duration, NULL) == 0);
    WEFT_ASSERT(weft_now() == 7301 * WEFT_SECOND);
    duration.tv_sec = YEAR_2000 + 7302;
    WEFT_ASSERT(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &duration, NULL) == 0);
    WEFT_ASSERT(weft_now() == 7302 * WEFT_SECOND);
    duration.tv_nsec = WEFT_SECOND;
    WEFT_ASSERT(nanosleep(&duration, NULL) == -1 && errno == EINVAL);
    WEFT_ASSERT(clock_nanosleep(CLOCK_REALTIME, 0, &duration, NULL) == EINVAL);
}

static void test_sleeps_take_virtual_time_only(void **state)
{
    (void)state;
    const time_t start = time(NULL);
    explore_clean(sleep_long, 500);
    assert_true(time(NULL) < start + 60);
}

static atomic_bool done;

static void set_done(void *arg)
{
    (void)arg;
    usleep(10);
    done = true;
}

/* Loops that wait for others go on only if these are steps. */
static void wait_by_yielding(void *arg)
{
    (void)arg;
    weft_go(set_done, NULL);
    while (!done) {
        WEFT_ASSERT(sched_yield() == 0);
    }
}

static void wait_by_the_clock(void *arg)
{
    (void)arg;
    weft_go(set_done, NULL);
    while (!done) {
        thrd_yield();
        (void)time(NULL);
    }
}

static void test_yields_and_looks_at_the_clock_let_others_run(void **state)
{
    (void)state;
    explore_clean(wait_by_yielding, 300);
    explore_clean(wait_by_the_clock, 300);
}

/* ---- Random numbers ---- */

static uint64_t drawn WEFT_KEEP;

static void draw_all(void *arg)
{
    uint64_t buffer[2];
    uint64_t sum = 0;
    (void)arg;
    sum = sum * 31 + (uint64_t)rand();
    sum = sum * 31 + (uint64_t)random();
    sum = sum * 31 + (uint64_t)lrand48();
    sum = sum * 31 + (uint64_t)mrand48();
    sum = sum * 31 + (uint64_t)(drand48() * 1e9);
    WEFT_ASSERT(getrandom(buffer, sizeof buffer, 0) == sizeof buffer);
    sum = sum * 31 + buffer[0] + buffer[1];
    WEFT_ASSERT(getentropy(buffer, 9) == 0);
    sum = sum * 31 + buffer[0];
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 36)
    WEFT_ASSERT(arc4random_uniform(3) < 3);
    arc4random_buf(buffer, sizeof buffer);
    sum = sum * 31 + arc4random() + buffer[0] + buffer[1];
#endif
    sum = sum * 31 + (uint64_t)(time(NULL) + clock() + clock_ns(CLOCK_MONOTONIC));
    sum = sum * 31 + (uint64_t)(uintptr_t)malloc(1);
    drawn = drawn * 31 + sum;
}

static void draw_between_limits(void *arg)
{
    (void)arg;
    for (int i = 0; i < 100; i++) {
        const double number = drand48();
        WEFT_ASSERT(rand() >= 0 && random() >= 0 && lrand48() >= 0);
        WEFT_ASSERT(random() <= 0x7fffffff && lrand48() <= 0x7fffffff);
        WEFT_ASSERT(number >= 0 && number < 1);
        WEFT_SOMETIMES(mrand48() < 0, "mrand48 is negative");
    }
}

static uint64_t draw_in_runs(uint64_t runs)
{
    weft_result r;
    const weft_options options = {.name = "test", .schedules = runs, .strategy = "random"};
    drawn = 0;
    assert_int_equal(weft_explore(&options, draw_all, NULL, &r), 0);
    weft_result_clear(&r);
    return drawn;
}

/* What a second process that does the same draws, clocks and addresses included. */
static void test_random_numbers_are_functions_of_the_seed(void **state)
{
    char command[4200];
    unsigned long long there = 0;
    (void)state;
    explore_clean(draw_between_limits, 200);
    const uint64_t here = draw_in_runs(50);
    assert_true(draw_in_runs(50) == here);
    (void)snprintf(command, sizeof command, "'%s' draw", program);
    FILE *const other = popen(command, "r");
    assert_non_null(other);
    assert_int_equal(fscanf(other, "%llu", &there), 1);
    assert_int_equal(pclose(other), 0);
    assert_true(there == here);
}

static int first_number WEFT_KEEP;

static void draw_seeded(void *arg)
{
    (void)arg;
    const int unseeded = rand();
    srand(1);
    WEFT_ASSERT(rand() == unseeded); /* C: as if seeded with 1 */
    srand(7);
    const int one = rand();
    const int two = rand();
    srandom(7);
    WEFT_ASSERT(one != two && rand() == one && random() == two);
    srand48(7);
    const long long_one = lrand48();
    srand48(7);
    WEFT_ASSERT(lrand48() == long_one);
    first_number = first_number == 0 ? one : first_number;
    WEFT_SOMETIMES(one != first_number, "another run has other numbers");
    unsigned number = 5;
    unsigned same = 5;
    WEFT_ASSERT(rand_r(&number) == rand_r(&same) && number == same && number != 5);
}

static void test_equal_seeds_give_equal_numbers_within_a_run(void **state)
{
    (void)state;
    first_number = 0;
    explore_clean(draw_seeded, 300);
    srand(7);
    const int real = rand();
    explore_clean(draw_seeded, 300);
    srand(7);
    assert_int_equal(rand(), real); /* libc's own */
}

/* ---- The environment ---- */

static bool is(const char *name, const char *value)
{
    const char *const found = getenv(name);
    return value == NULL ? found == NULL : found != NULL && strcmp(found, value) == 0;
}

static void change_environment(void *arg)
{
    static char given[] = "WEFT_TEST_C=from putenv";
    (void)arg;
    WEFT_ASSERT(is("WEFT_TEST_A", "before") && is("WEFT_TEST_B", NULL));
    WEFT_ASSERT(setenv("WEFT_TEST_A", "kept", 0) == 0 && is("WEFT_TEST_A", "before"));
    WEFT_ASSERT(setenv("WEFT_TEST_A", "changed", 1) == 0 && is("WEFT_TEST_A", "changed"));
    WEFT_ASSERT(setenv("WEFT_TEST_B", "new", 0) == 0 && is("WEFT_TEST_B", "new"));
    WEFT_ASSERT(unsetenv("WEFT_TEST_A") == 0 && is("WEFT_TEST_A", NULL));
    WEFT_ASSERT(putenv(given) == 0 && is("WEFT_TEST_C", "from putenv"));
    given[strlen(given) - 1] = 'V';
    WEFT_ASSERT(is("WEFT_TEST_C", "from putenV"));
    WEFT_ASSERT(clearenv() == 0 && is("WEFT_TEST_B", NULL) && is("PATH", NULL));
    WEFT_ASSERT(setenv("", "x", 1) == -1 && errno == EINVAL);
    WEFT_ASSERT(setenv("a=b", "x", 1) == -1 && errno == EINVAL);
    WEFT_ASSERT(setenv("WEFT_TEST_A", "last", 1) == 0 && is("WEFT_TEST_A", "last"));
}

static void test_changes_of_the_environment_end_with_the_run(void **state)
{
    (void)state;
    assert_int_equal(setenv("WEFT_TEST_A", "before", 1), 0);
    explore_clean(change_environment, 300);
    assert_true(is("WEFT_TEST_A", "before") && is("WEFT_TEST_B", NULL));
    assert_true(is("WEFT_TEST_C", NULL));
}

/* ---- Threads ---- */

static void *nothing(void *arg)
{
    return arg;
}

static void start_thread(void *arg)
{
    pthread_t thread;
    (void)arg;
    if (pthread_create(&thread, NULL, nothing, NULL) == 0) {
        (void)pthread_join(thread, NULL);
    }
}

static void test_a_thread_that_a_run_starts_is_a_finding(void **state)
{
    (void)state;
    weft_result r = explore_expecting(start_thread, WEFT_FOUND_FATAL);
    assert_string_equal(r.findings[0].message,
                        "a thread was started in a simulated run: pthread_create");
    assert_memory_equal(r.findings[0].goroutines[0].place, "libc_answers_test.c:", 20);
    weft_result_clear(&r);
    start_thread(NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clocks_are_virtual_in_a_run_and_real_outside),
        cmocka_unit_test(test_sleeps_take_virtual_time_only),
        cmocka_unit_test(test_yields_and_looks_at_the_clock_let_others_run),
        cmocka_unit_test(test_random_numbers_are_functions_of_the_seed),
        cmocka_unit_test(test_equal_seeds_give_equal_numbers_within_a_run),
        cmocka_unit_test(test_changes_of_the_environment_end_with_the_run),
        cmocka_unit_test(test_a_thread_that_a_run_starts_is_a_finding),
    };
    program = argv[0];
    if (argc > 1) {
        (void)printf("%llu\n", (unsigned long long)draw_in_runs(50));
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
