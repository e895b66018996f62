/* stats_read_test.c: weft_stats_read, as far as both backends know something.
 *
 * Goal:   goroutines that are alive, that were started and that are runnable are counted; what a
 *         backend does not know is 0, not garbage; outside of a run it can be called.
 * Source: weft.h. */
#include <weft/cmocka.h>

#include <string.h>

static weft_stats stats_now(void)
{
    weft_stats stats;
    memset(&stats, 0xff, sizeof stats);
    weft_stats_read(&stats);
    return stats;
}

static void receive(void *ch)
{
    (void)weft_chan_recv(ch, NULL);
}

static void test_goroutines_are_counted(void **state)
{
    (void)state;
    weft_chan *const ch = weft_chan_make(0, 0);
    weft_waitgroup group = {0};
    const weft_stats before = stats_now();
    assert_int_equal(before.goroutines, 1);
    assert_int_equal(before.goroutines_started, 1);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(weft_waitgroup_go(&group, receive, ch), 0);
    }
    const weft_stats during = stats_now();
    assert_int_equal(during.goroutines, 4);
    assert_int_equal(during.goroutines_started, 4);
    assert_true(during.goroutines_runnable <= 3);
    weft_chan_close(ch);
    weft_waitgroup_wait(&group);
    while (stats_now().goroutines > 1) {
        weft_yield();
    }
    assert_int_equal(stats_now().goroutines_started, 4);
    weft_chan_release(ch);
}

static void test_nothing_is_left_unwritten(void **state)
{
    (void)state;
    const weft_stats stats = stats_now();
    assert_true(stats.stack_bytes_used < UINT64_MAX && stats.parks < UINT64_MAX);
    assert_true(stats.latency[0] < UINT64_MAX);
    assert_true(stats.latency[WEFT_STATS_BUCKETS - 1] == 0);
}

int main(void)
{
    const weft_stats outside = stats_now();
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_goroutines_are_counted),
        weft_unit_test(test_nothing_is_left_unwritten),
    };
    return outside.goroutines_started != 0 || cmocka_run_group_tests(tests, NULL, NULL);
}
