/* path_test.c: a path stands for the name of the goroutine or object that it was made from. */
#include "../../support/explore.h"

#include "run.h"
#include "schedule/path.h"

static void nothing(void *arg)
{
    (void)arg;
}

static void start_two(void *arg)
{
    weft_go(nothing, NULL);
    weft_go(nothing, NULL);
    (void)arg;
}

static void start_tree(void *arg)
{
    (void)arg;
    weft_chan_release(weft_chan_make(0, 0));
    weft_timer *const timer = weft_timer_after_func(1, nothing, NULL);
    weft_go(start_two, NULL);
    weft_sleep(10);
    (void)weft_timer_reset(timer, 1);
    weft_sleep(10);
}

/* Every goroutine of a run: its path parses to its name, and no two are alike. */
static void test_paths_of_goroutines_parse_to_their_names(void **state)
{
    (void)state;
    weft_result result = explore_runs(start_tree, NULL, 1);
    const weft__run *const run = &weft__the_run;
    assert_int_equal(run->member_count, 6); /* main, two timers, start_two and its children */
    for (uint32_t slot = 0; slot < run->member_count; slot++) {
        char path[WEFT__PATH_MAX];
        uint64_t name = 0;
        weft__path_of_goroutine(slot, path, sizeof path);
        assert_true(weft__path_parse(path, &name));
        assert_int_equal(name, run->members[slot].name);
        for (uint32_t other = 0; other < slot; other++) {
            assert_true(run->members[other].name != name);
        }
    }
    weft_result_clear(&result);
}

static void test_paths_of_objects_parse_to_their_names(void **state)
{
    (void)state;
    weft_result result = explore_runs(start_tree, NULL, 1);
    const weft__trace *const trace = &weft__the_run.trace;
    unsigned checked = 0;
    for (size_t i = 0; i < trace->count; i++) {
        char path[WEFT__PATH_MAX];
        uint64_t name = 0;
        if (trace->events[i].object == 0) {
            continue;
        }
        weft__path_of_object(trace->events[i].object, path, sizeof path);
        assert_true(weft__path_parse(path, &name));
        assert_int_equal(name, weft__name_of_object(trace->events[i].object));
        checked++;
    }
    assert_true(checked >= 3);
    weft_result_clear(&result);
}

static void test_what_is_no_path_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",        "man",      "main/",     "main/0",     "main/1.", "main/-1",          "main/1/2",
        "main/t1", "main/t:1", "main/t1:",  "main/t0:1",  "main#",   "main#0",           "main#x",
        "main/a",  "main 1",   "outside/1", "main/1#2#3", "main/1 ", "main/99999999999",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint64_t name = 0;
        if (weft__path_parse(bad[i], &name)) {
            print_error("accepted: \"%s\"\n", bad[i]);
        }
        assert_false(weft__path_parse(bad[i], &name));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths_of_goroutines_parse_to_their_names),
        cmocka_unit_test(test_paths_of_objects_parse_to_their_names),
        cmocka_unit_test(test_what_is_no_path_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
