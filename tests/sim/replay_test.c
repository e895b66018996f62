/* replay_test.c: what the store keeps comes back: by hash, by file and by token. */
#include "../support/explore.h"

#include <stdio.h>
#include <unistd.h>

static weft_mutex a;
static weft_mutex b;
static bool fixed WEFT_KEEP;
static bool one_more WEFT_KEEP;

static void lock_both(void *order)
{
    weft_mutex *const first = order == NULL ? &a : &b;
    weft_mutex *const second = order == NULL ? &b : &a;
    weft_mutex_lock(first);
    weft_mutex_lock(second);
    weft_mutex_unlock(second);
    weft_mutex_unlock(first);
}

static void transfer(void *arg)
{
    (void)arg;
    if (one_more) {
        weft_yield();
    }
    weft_go(lock_both, NULL);
    weft_go(lock_both, fixed ? NULL : "the other way");
}

typedef struct fixture {
    char directory[64];
    weft_result found;
} fixture;

static int find_failure(void **state)
{
    fixture *const f = calloc(1, sizeof *f);
    assert_non_null(f);
    (void)snprintf(f->directory, sizeof f->directory, "/tmp/weft-replay-test-%ld", (long)getpid());
    const weft_options options = {.name = "transfer", .store = f->directory};
    assert_int_equal(weft_explore(&options, transfer, NULL, &f->found), 1);
    assert_non_null(f->found.findings[0].file);
    *state = f;
    return 0;
}

static int clean_up(void **state)
{
    fixture *const f = *state;
    (void)unlink(f->found.findings[0].file);
    (void)rmdir(f->directory);
    weft_result_clear(&f->found);
    free(f);
    fixed = false;
    one_more = false;
    return 0;
}

static int replay(const fixture *f, const char *reference, weft_result *ret_result)
{
    const weft_options options = {.name = "transfer", .store = f->directory, .replay = reference};
    return weft_explore(&options, transfer, NULL, ret_result);
}

static void expect_same_failure(const fixture *f, const char *reference)
{
    weft_result again;
    assert_int_equal(replay(f, reference, &again), 1);
    assert_int_equal(again.runs, 1);
    assert_int_equal(again.findings[0].kind, f->found.findings[0].kind);
    assert_string_equal(again.findings[0].hash, f->found.findings[0].hash);
    assert_string_equal(again.findings[0].message, f->found.findings[0].message);
    weft_result_clear(&again);
}

static void test_replay_by_hash_gives_the_same_failure_and_hash(void **state)
{
    const fixture *const f = *state;
    expect_same_failure(f, f->found.findings[0].hash);
}

static void test_replay_by_file_gives_the_same_failure_and_hash(void **state)
{
    const fixture *const f = *state;
    expect_same_failure(f, f->found.findings[0].file);
}

static void test_replay_by_token_needs_no_file(void **state)
{
    const fixture *const f = *state;
    assert_int_equal(unlink(f->found.findings[0].file), 0);
    expect_same_failure(f, f->found.findings[0].token);
}

/* The edit moves every later operation of main by one. */
static void test_replay_survives_an_edit(void **state)
{
    const fixture *const f = *state;
    weft_result again;
    one_more = true;
    assert_int_equal(replay(f, f->found.findings[0].hash, &again), 1);
    assert_int_equal(again.findings[0].kind, f->found.findings[0].kind);
    weft_result_clear(&again);
}

static void test_replay_after_the_fix_finds_nothing(void **state)
{
    const fixture *const f = *state;
    weft_result again;
    fixed = true;
    assert_int_equal(replay(f, f->found.findings[0].hash, &again), 0);
    assert_int_equal(again.finding_count, 0);
    weft_result_clear(&again);
}

/* Another master seed finds the bug by another schedule; shrunk, it is the same behaviour. */
static void test_same_bug_found_twice_has_one_name(void **state)
{
    const fixture *const f = *state;
    unsigned same = 0;
    for (uint64_t seed = 2; seed <= 6; seed++) {
        weft_result other;
        const weft_options options = {.name = "transfer", .store = f->directory, .seed = seed};
        assert_int_equal(weft_explore(&options, transfer, NULL, &other), 1);
        same += strcmp(other.findings[0].hash, f->found.findings[0].hash) == 0 ? 1 : 0;
        (void)unlink(other.findings[0].file);
        weft_result_clear(&other);
    }
    assert_true(same >= 1);
}

/* ---- Stores that cannot be written ---- */

static void expect_token_only(const char *directory)
{
    weft_result found;
    const weft_options options = {.name = "transfer", .store = directory};
    assert_int_equal(weft_explore(&options, transfer, NULL, &found), 1);
    assert_null(found.findings[0].file);
    assert_non_null(found.findings[0].token);
    weft_result_clear(&found);
}

static void test_unwritable_store_loses_nothing(void **state)
{
    (void)state;
    expect_token_only("/proc/weft");
}

static void test_store_that_is_a_file_loses_nothing(void **state)
{
    (void)state;
    expect_token_only("/dev/null");
}

/* ---- Places ---- */

typedef struct link_state {
    weft_rwmutex mutex;
    weft_chan *ch; /* NULL: torn down */
} link_state;
static link_state links[3];

static void use_link(void *arg)
{
    link_state *const link = arg;
    weft_rwmutex_lock(&link->mutex);
    WEFT_ASSERT(link->ch != NULL);
    (void)weft_chan_try_recv(link->ch, NULL);
    weft_chan_send(link->ch, NULL);
    weft_rwmutex_unlock(&link->mutex);
}

static void tear_down(void *arg)
{
    link_state *const link = arg;
    weft_rwmutex_lock(&link->mutex);
    link->ch = NULL;
    weft_rwmutex_unlock(&link->mutex);
}

/* Main parks in its last operation, wakes, and ends: two places where others may go on. */
static void sleep_last(void *arg)
{
    (void)arg;
    for (int i = 0; i < 3; i++) {
        links[i].ch = weft_chan_make(0, 1);
        weft_go(use_link, &links[i]);
        weft_go(tear_down, &links[i]);
        weft_sleep(100 * WEFT_MILLISECOND);
    }
}

static void test_where_main_parks_and_where_it_ends_are_two_places(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        weft_result result;
        const weft_options options = {
            .name = "places", .seed = seed, .schedules = 20, .store = "", .report = "none"};
        assert_true(weft_explore(&options, sleep_last, NULL, &result) >= 0);
        for (size_t i = 0; i < result.finding_count; i++) {
            assert_int_equal(result.findings[i].kind, WEFT_FOUND_ASSERTION);
        }
        weft_result_clear(&result);
    }
}

#define WITH_FAILURE(test) cmocka_unit_test_setup_teardown(test, find_failure, clean_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FAILURE(test_replay_by_hash_gives_the_same_failure_and_hash),
        WITH_FAILURE(test_replay_by_file_gives_the_same_failure_and_hash),
        WITH_FAILURE(test_replay_by_token_needs_no_file),
        WITH_FAILURE(test_replay_survives_an_edit),
        WITH_FAILURE(test_replay_after_the_fix_finds_nothing),
        WITH_FAILURE(test_same_bug_found_twice_has_one_name),
        cmocka_unit_test(test_where_main_parks_and_where_it_ends_are_two_places),
        cmocka_unit_test(test_unwritable_store_loses_nothing),
        cmocka_unit_test(test_store_that_is_a_file_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
