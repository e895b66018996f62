/* profile_test.c: what is learned of a program, and from which runs. */
#include "runs.h"

enum { RUNS = 40 };

static weft_mutex global;
static weft_chan *ended;

static void lock_both(void *local)
{
    weft_mutex_lock(&global);
    weft_mutex_lock(local);
    weft_mutex_unlock(local);
    weft_mutex_unlock(&global);
    weft_chan_send(ended, NULL);
}

/* Either child may be the first to use the mutexes, and to give them their names. */
static void two_mutexes(void *arg)
{
    (void)arg;
    weft_mutex local = {0};
    ended = weft_chan_make(0, 0);
    weft_go(lock_both, &local);
    weft_go(lock_both, &local);
    (void)weft_chan_recv(ended, NULL);
    (void)weft_chan_recv(ended, NULL);
}

static bool go_on(void *into, uint64_t run)
{
    (void)into;
    (void)run;
    return true;
}

static const weft__profile *learn(weft_fn *fn, uint64_t count)
{
    weft__profile_reset();
    runs_execute(&(runs){
        .fn = fn, .strategy = &weft__strategy_portfolio, .seed = 1, .count = count, .each = go_on});
    return weft__profile_now();
}

static bool is_mutex(const weft__profile *profile, uint32_t number)
{
    for (uint32_t i = 0; i < profile->class_numbers.count; i++) {
        if (profile->classes[i].object == profile->objects[number]) {
            return profile->classes[i].kind == WEFT__OP_LOCK ||
                   profile->classes[i].kind == WEFT__OP_UNLOCK;
        }
    }
    return false;
}

static void test_objects_have_one_key_whoever_uses_them_first(void **state)
{
    (void)state;
    const weft__profile *const profile = learn(two_mutexes, RUNS);
    assert_int_equal(profile->object_numbers.count, 3);
    unsigned mutexes = 0;
    for (uint32_t i = 0; i < 3; i++) {
        /* lock and unlock of the one with the other's; sends, to which receives do not matter */
        assert_int_equal(profile->conflicts[i], is_mutex(profile, i) ? 4 : 1);
        mutexes += is_mutex(profile, i) ? 1 : 0;
    }
    assert_int_equal(mutexes, 2);
    assert_int_equal(profile->pair_count, 9);
}

static weft_chan *left;
static weft_chan *right;

static void send_on(void *ch)
{
    weft_chan_send(ch, NULL);
}

static void receive_from_both(void *arg)
{
    (void)arg;
    left = weft_chan_make(0, 1);
    right = weft_chan_make(0, 1);
    weft_go(send_on, left);
    weft_go(send_on, right);
    weft_case cases[] = {WEFT_RECV(left, NULL), WEFT_RECV(right, NULL)};
    (void)weft_select(cases, 2);
}

/* A plain receive would not mind when the send comes. */
static void test_sends_matter_to_a_select_of_several(void **state)
{
    (void)state;
    const weft__profile *const profile = learn(receive_from_both, RUNS);
    assert_int_equal(profile->object_numbers.count, 2);
    assert_int_equal(profile->conflicts[0], 1);
    assert_int_equal(profile->conflicts[1], 1);
}

static void test_masses_include_descendants(void **state)
{
    (void)state;
    const weft__profile *const profile = learn(two_mutexes, RUNS);
    const weft__member *const members = weft__the_run.members;
    for (uint32_t i = 0; i < 3; i++) {
        const uint64_t object = profile->objects[i];
        const double of_child = is_mutex(profile, i) ? 2 : 1;
        assert_true(weft__profile_mass(profile, members[0].name, object) == 4);
        assert_true(weft__profile_mass(profile, members[1].name, object) == of_child);
        assert_true(weft__profile_mass(profile, members[2].name, object) == of_child);
        assert_true(weft__profile_uses(profile, members[1].name, i));
        assert_int_equal(weft__profile_uses(profile, members[0].name, i), !is_mutex(profile, i));
    }
    /* main's two starts and two receives, and five of each child */
    assert_true(weft__profile_mass(profile, members[0].name, WEFT__EVERYTHING) == 14);
}

static void test_epochs(void **state)
{
    (void)state;
    assert_null(learn(two_mutexes, 1));
    assert_int_equal(learn(two_mutexes, 2)->runs, 1);
    assert_int_equal(learn(two_mutexes, 8)->runs, 4);
    assert_int_equal(learn(two_mutexes, 32)->runs, 16);
    assert_int_equal(learn(two_mutexes, 33)->runs, 32);
    assert_int_equal(learn(two_mutexes, 128)->runs, 32);
    assert_int_equal(learn(two_mutexes, 129)->runs, 33); /* and run 64 */
}

static void test_teaching_runs(void **state)
{
    (void)state;
    assert_true(weft__run_teaches(0));
    assert_true(weft__run_teaches(31));
    assert_false(weft__run_teaches(32));
    assert_false(weft__run_teaches(63));
    assert_true(weft__run_teaches(64));
    assert_true(weft__run_teaches(640));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects_have_one_key_whoever_uses_them_first),
        cmocka_unit_test(test_sends_matter_to_a_select_of_several),
        cmocka_unit_test(test_masses_include_descendants),
        cmocka_unit_test(test_epochs),
        cmocka_unit_test(test_teaching_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
