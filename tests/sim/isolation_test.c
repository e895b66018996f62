/* isolation_test.c: each run starts from the state at the call of weft_run. */
#include <stdio.h>
#include <unistd.h>

#include "../support/explore.h"

static int in_data = 7;
static int in_bss;
static int kept WEFT_KEEP;
static weft_chan *made_before;

static void change_globals(void *arg)
{
    (void)arg;
    static int inside;
    WEFT_ASSERT(in_data == 7);
    WEFT_ASSERT(in_bss == 0);
    WEFT_ASSERT(inside == 0);
    in_data = 8;
    in_bss = 9;
    inside = 1;
    kept++;
}

static void test_globals_and_statics_are_put_back_before_each_run(void **state)
{
    (void)state;
    kept = 0;
    explore_clean(change_globals, 100);
    assert_int_equal(in_data, 7);
    assert_int_equal(in_bss, 0);
    assert_true(kept >= 100); /* some runs are repeated */
}

static void expect_third_call(void *arg)
{
    (void)arg;
    in_bss++;
    WEFT_ASSERT(in_bss < 3);
}

static void test_keep_globals_lets_them_live_on(void **state)
{
    (void)state;
    weft_result result;
    const weft_options options = {.name = "test", .schedules = 100, .keep_globals = true};
    assert_int_equal(weft_explore(&options, expect_third_call, NULL, &result), 1);
    weft_result_clear(&result);
    in_bss = 0;
}

static void leave_an_after(void *arg)
{
    (void)arg;
    enum { ROOM = 64 };
    weft_chan *const ch = weft_choose(2) == 0 ? NULL : weft_chan_make(sizeof(uint64_t), ROOM);
    for (size_t i = 0; i < weft_chan_cap(ch); i++) {
        (void)weft_chan_try_send(ch, &(uint64_t){0});
    }
    WEFT_ASSERT(weft_after(1) != NULL);
    for (size_t i = 0; i < weft_chan_cap(ch); i++) {
        uint64_t value = 1;
        WEFT_ASSERT(weft_chan_recv(ch, &value) && value == 0);
    }
}

static void test_what_is_left_of_a_run_is_not_written_to(void **state)
{
    (void)state;
    weft_result result;
    const weft_options options = {.name = "test", .schedules = 100, .keep_globals = true};
    assert_int_equal(weft_explore(&options, leave_an_after, NULL, &result), 0);
    weft_result_clear(&result);
}

static void use_channel_made_before(void *arg)
{
    (void)arg;
    int value = 0;
    WEFT_ASSERT(weft_chan_len(made_before) == 1);
    WEFT_ASSERT(weft_chan_recv(made_before, &value));
    WEFT_ASSERT(value == 5);
    weft_chan_close(made_before);
}

static void test_channel_made_before_the_run_is_put_back(void **state)
{
    (void)state;
    const int five = 5;
    made_before = weft_chan_make(sizeof(int), 2);
    assert_int_equal(weft_chan_try_send(made_before, &five), 0);
    explore_clean(use_channel_made_before, 100);
    assert_int_equal(weft_chan_len(made_before), 1);
    weft_chan_release(made_before);
}

static void count_up(void *arg)
{
    int *const count = arg;
    WEFT_ASSERT(*count == 3);
    *count = 4;
}

static void test_locals_of_the_caller_are_put_back_before_each_run(void **state)
{
    (void)state;
    int count = 3;
    weft_result result = explore_runs(count_up, &count, 50);
    assert_int_equal(result.finding_count, 0);
    assert_int_equal(count, 4); /* as the last run left it */
    weft_result_clear(&result);
}

static void print_loudly(void *arg)
{
    (void)arg;
    print_message("this must not be seen\n");
}

static void test_standard_output_is_muted_while_exploring(void **state)
{
    (void)state;
    char text[64] = "";
    FILE *const file = tmpfile();
    assert_non_null(file);
    (void)fflush(stdout);
    const int before = dup(STDOUT_FILENO);
    assert_int_equal(dup2(fileno(file), STDOUT_FILENO), STDOUT_FILENO);
    weft_result result = explore_runs(print_loudly, NULL, 5);
    (void)fflush(stdout);
    (void)dup2(before, STDOUT_FILENO);
    (void)close(before);
    rewind(file);
    assert_null(fgets(text, sizeof text, file));
    (void)fclose(file);
    weft_result_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_globals_and_statics_are_put_back_before_each_run),
        cmocka_unit_test(test_keep_globals_lets_them_live_on),
        cmocka_unit_test(test_what_is_left_of_a_run_is_not_written_to),
        cmocka_unit_test(test_channel_made_before_the_run_is_put_back),
        cmocka_unit_test(test_locals_of_the_caller_are_put_back_before_each_run),
        cmocka_unit_test(test_standard_output_is_muted_while_exploring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
