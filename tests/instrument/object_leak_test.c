/* object_leak_test.c: blocks that nothing points to at the end of a run, with
 * weft_options.leaked_objects. */
#include "../support/explore.h"

#include <stdio.h>

typedef struct node {
    struct node *next;
    int value;
} node;

static node *list;
static weft_mutex mutex;
static weft_chan *kept;

static weft_result explore_leaks(weft_fn *fn, uint64_t schedules)
{
    weft_result result;
    const weft_options options = {.name = "test", .schedules = schedules, .leaked_objects = true};
    assert_true(weft_explore(&options, fn, NULL, &result) >= 0);
    return result;
}

static void expect_none(weft_fn *fn)
{
    weft_result r = explore_leaks(fn, 1000);
    if (r.finding_count != 0) {
        print_error("%s\n", r.findings[0].message);
    }
    assert_int_equal(r.finding_count, 0);
    weft_result_clear(&r);
}

static node *push(int value)
{
    node *const n = malloc(sizeof *n);
    n->value = value;
    n->next = list;
    list = n;
    return n;
}

static void keep_list(void *arg)
{
    (void)arg;
    push(1);
    push(2);
    push(3);
}

static void lose_list(void *arg)
{
    keep_list(arg);
    list = list->next->next;
}

static void test_a_list_that_is_cut_off_is_a_leak(void **state)
{
    (void)state;
    weft_result r = explore_leaks(lose_list, 1000);
    assert_int_equal(r.finding_count, 1);
    assert_int_equal(r.findings[0].kind, WEFT_FOUND_MEMORY);
    static const char start[] = "leak of 32 bytes in 2 blocks, the first of them allocated at "
                                "object_leak_test.c:";
    assert_memory_equal(r.findings[0].message, start, sizeof start - 1);
    assert_string_equal(r.findings[0].goroutines[0].name, "main");
    assert_non_null(strstr(r.findings[0].stacks, "allocated   object_leak_test.c:"));
    weft_result_clear(&r);
    explore_clean(lose_list, 100); /* not asked for */
}

static void test_what_globals_lead_to_is_no_leak(void **state)
{
    (void)state;
    expect_none(keep_list);
}

/* Whether it leaks depends on who comes between. */
static void set_list(bool checks_again)
{
    node *const n = malloc(sizeof *n);
    n->next = NULL;
    weft_mutex_lock(&mutex);
    bool first = list == NULL;
    weft_mutex_unlock(&mutex);
    weft_mutex_lock(&mutex);
    first = checks_again ? list == NULL : first;
    if (first) {
        list = n;
    }
    weft_mutex_unlock(&mutex);
    if (!first) {
        free(n);
    }
}

static void set_with_care(void *arg)
{
    (void)arg;
    set_list(true);
}

static void set_carelessly(void *arg)
{
    (void)arg;
    set_list(false);
}

static void two_set(void *arg)
{
    (void)arg;
    weft_go(set_with_care, NULL);
    weft_go(set_with_care, NULL);
}

static void two_set_carelessly(void *arg)
{
    (void)arg;
    weft_go(set_carelessly, NULL);
    weft_go(set_carelessly, NULL);
}

static void test_a_leak_that_depends_on_the_schedule_is_found(void **state)
{
    (void)state;
    weft_result r = explore_leaks(two_set_carelessly, 10000);
    assert_int_equal(r.finding_count, 1);
    assert_non_null(strstr(r.findings[0].message, "leak of 16 bytes in 1 block, allocated at"));
    weft_result_clear(&r);
    expect_none(two_set);
}

/* ---- What else leads to a block ---- */

static weft_waitgroup holding;

static void hold_on_stack(void *arg)
{
    weft_chan *const never = arg;
    void *volatile block = malloc(8);
    weft_waitgroup_done(&holding);
    weft_chan_recv(never, NULL);
    free(block);
}

static void daemon_holds_one(void *arg)
{
    (void)arg;
    kept = weft_chan_make(0, 0);
    weft_waitgroup_add(&holding, 1);
    weft_go_with(&(weft_go_options){.name = "daemon", .daemon = true}, hold_on_stack, kept);
    weft_waitgroup_wait(&holding);
}

static void test_what_a_parked_daemon_holds_is_no_leak(void **state)
{
    (void)state;
    expect_none(daemon_holds_one);
}

static void buffer_one(void *arg)
{
    (void)arg;
    node *const n = malloc(sizeof *n);
    kept = weft_chan_make(sizeof n, 1);
    n->next = malloc(sizeof *n);
    n->next->next = NULL;
    weft_chan_send(kept, &n);
}

static void test_what_a_channel_holds_is_no_leak(void **state)
{
    (void)state;
    expect_none(buffer_one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_list_that_is_cut_off_is_a_leak),
        cmocka_unit_test(test_what_globals_lead_to_is_no_leak),
        cmocka_unit_test(test_a_leak_that_depends_on_the_schedule_is_found),
        cmocka_unit_test(test_what_a_parked_daemon_holds_is_no_leak),
        cmocka_unit_test(test_what_a_channel_holds_is_no_leak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
