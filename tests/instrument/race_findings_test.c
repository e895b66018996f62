/* race_findings_test.c: what becomes of data races: findings, of which there may be several, or
 * schedule points; by any number of workers the same. */
#include "../support/explore.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int counter;
static struct {
    int one;
    char gap[60]; /* or a compiler makes one store of both */
    int other;
} both;
static weft_waitgroup ended;
static weft_chan *ch;

static weft_result explore(weft_fn *fn, const char *races, uint32_t jobs)
{
    weft_result result;
    const weft_options options = {
        .name = "races", .schedules = 1000, .races = races, .jobs = jobs, .time_ns = WEFT_NEVER};
    assert_true(weft_explore(&options, fn, NULL, &result) >= 0);
    return result;
}

static void expect_kind(const weft_result *result, size_t i, weft_finding_kind kind)
{
    assert_true(i < result->finding_count);
    assert_string_equal(weft_finding_kind_name(result->findings[i].kind),
                        weft_finding_kind_name(kind));
}

static void increment(void *arg)
{
    (void)arg;
    counter++;
    weft_waitgroup_done(&ended);
}

/* Loses an update. */
static void lose_update(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&ended, 2);
    weft_go(increment, NULL);
    weft_go(increment, NULL);
    weft_waitgroup_wait(&ended);
    WEFT_ASSERT(counter == 2);
}

static void a_race_is_found_and_then_what_it_leads_to(void **state)
{
    (void)state;
    weft_result result = explore(lose_update, "find", 1);
    assert_int_equal(result.finding_count, 2);
    expect_kind(&result, 0, WEFT_FOUND_DATA_RACE);
    expect_kind(&result, 1, WEFT_FOUND_ASSERTION);
    assert_int_equal(result.findings[0].goroutine_count, 2);
    assert_string_equal(result.findings[0].goroutines[0].object, "counter");
    weft_result_clear(&result);
}

static void by_several_workers_it_is_the_same(void **state)
{
    (void)state;
    weft_result one = explore(lose_update, "find", 1);
    weft_result two = explore(lose_update, "find", 2);
    assert_int_equal(one.finding_count, two.finding_count);
    for (size_t i = 0; i < one.finding_count; i++) {
        assert_string_equal(one.findings[i].hash, two.findings[i].hash);
        assert_int_equal(one.findings[i].run, two.findings[i].run);
    }
    weft_result_clear(&one);
    weft_result_clear(&two);
}

static void allowed_races_are_explored_only(void **state)
{
    (void)state;
    weft_result result = explore(lose_update, "allow", 1);
    assert_int_equal(result.finding_count, 1);
    expect_kind(&result, 0, WEFT_FOUND_ASSERTION);
    weft_result_clear(&result);
}

/* Without schedule points at the accesses no update is lost. */
static void nobody_looks_for_races_that_are_off(void **state)
{
    (void)state;
    weft_result result = explore(lose_update, "off", 1);
    assert_int_equal(result.finding_count, 0);
    weft_result_clear(&result);
}

static void write_both(void *arg)
{
    (void)arg;
    both.one = 1;
    both.other = 1;
    weft_waitgroup_done(&ended);
}

static void race_twice(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&ended, 2);
    weft_go(write_both, NULL);
    weft_go(write_both, NULL);
    weft_waitgroup_wait(&ended);
    WEFT_ASSERT(both.one == both.other);
}

static void each_race_is_a_finding(void **state)
{
    (void)state;
    weft_result result = explore(race_twice, "find", 1);
    assert_int_equal(result.finding_count, 2);
    expect_kind(&result, 0, WEFT_FOUND_DATA_RACE);
    expect_kind(&result, 1, WEFT_FOUND_DATA_RACE);
    assert_string_equal(result.findings[0].goroutines[0].object, "both");
    assert_string_equal(result.findings[1].goroutines[0].object, "both+64");
    weft_result_clear(&result);
}

static void send_late(void *arg)
{
    (void)arg;
    weft_sleep(1);
    weft_chan_send(ch, NULL);
}

/* Passes when timers are idle: the send comes first. Nothing orders it, though. */
static void close_later(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 1);
    weft_go(send_late, NULL);
    weft_sleep(2);
    weft_chan_close(ch);
}

static void a_send_and_a_close_must_be_ordered(void **state)
{
    (void)state;
    weft_result result;
    const weft_options options = {.name = "close", .schedules = 100, .timers = "idle"};
    assert_true(weft_explore(&options, close_later, NULL, &result) > 0);
    expect_kind(&result, 0, WEFT_FOUND_DATA_RACE);
    assert_non_null(strstr(result.findings[0].message, "close by main"));
    assert_non_null(strstr(result.findings[0].message, "send by send_late"));
    weft_result_clear(&result);
}

static long stamp;

static void look_at_the_clock(void *arg)
{
    (void)arg;
    struct timespec now;
    (void)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    stamp = now.tv_nsec;
    if (stamp / 1000 % 2 != 0) {
        weft_yield();
    }
    weft_chan_send(ch, NULL);
}

static void ask_the_kernel(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 0);
    weft_go(look_at_the_clock, NULL);
    (void)weft_chan_recv(ch, NULL);
}

static void what_does_not_repeat_is_located(void **state)
{
    (void)state;
    weft_result result = explore(ask_the_kernel, "find", 1);
    assert_int_equal(result.finding_count, 1);
    expect_kind(&result, 0, WEFT_FOUND_NONDETERMINISM);
    const char *const message = result.findings[0].message;
    if (strstr(message, "read by look_at_the_clock at race_findings_test.c:") == NULL) {
        fail_msg("%s", message);
    }
    weft_result_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_race_is_found_and_then_what_it_leads_to),
        cmocka_unit_test(by_several_workers_it_is_the_same),
        cmocka_unit_test(allowed_races_are_explored_only),
        cmocka_unit_test(nobody_looks_for_races_that_are_off),
        cmocka_unit_test(each_race_is_a_finding),
        cmocka_unit_test(a_send_and_a_close_must_be_ordered),
        cmocka_unit_test(what_does_not_repeat_is_located),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
