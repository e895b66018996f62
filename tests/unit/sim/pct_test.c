/* pct_test.c: PCT of depth d hits a bug of depth d with probability 1 / (n k^(d-1)) at least. */
#include "runs.h"

enum { RUNS = 4000, WARM_UP = 32, GOROUTINES = 3 };

static int variable;
static int elsewhere;
static bool hit;

static void be_busy(void)
{
    for (int i = 0; i < 4; i++) {
        WEFT_WRITE(elsewhere, i);
    }
}

static void write_three(void *arg)
{
    (void)arg;
    be_busy();
    for (int i = 1; i <= 3; i++) {
        WEFT_WRITE(variable, i);
    }
    be_busy();
}

/* Depth 1: after the last write. */
static void read_late(void *arg)
{
    (void)arg;
    hit = WEFT_READ(variable) == 3;
    be_busy();
}

/* Depth 2: between the first and the second. */
static void read_between(void *arg)
{
    (void)arg;
    be_busy();
    hit = WEFT_READ(variable) == 1;
    be_busy();
}

/* Depth 3: between the first and the second, and again after the second. */
static void read_twice(void *arg)
{
    (void)arg;
    be_busy();
    const int first = WEFT_READ(variable);
    const int second = WEFT_READ(variable);
    hit = first == 1 && second > 1;
    be_busy();
}

static void start_two(weft_fn *reader)
{
    weft_go(write_three, NULL);
    weft_go(reader, NULL);
}

static void late(void *arg)
{
    (void)arg;
    start_two(read_late);
}

static void between(void *arg)
{
    (void)arg;
    start_two(read_between);
}

static void twice(void *arg)
{
    (void)arg;
    start_two(read_twice);
}

static bool count_hit(void *into, uint64_t run)
{
    *(unsigned *)into += run >= WARM_UP && hit ? 1 : 0;
    return true;
}

static unsigned count_hits(weft_fn *fn, const char *strategy)
{
    unsigned *const hits = calloc(1, sizeof *hits);
    weft__profile_reset();
    runs_execute(&(runs){.fn = fn,
                         .strategy = weft__strategy_find(strategy),
                         .seed = 1,
                         .count = RUNS + WARM_UP,
                         .each = count_hit,
                         .into = hits});
    const unsigned result = *hits;
    free(hits);
    return result;
}

static void assert_rate(weft_fn *fn, unsigned depth, const char *strategy)
{
    const unsigned hits = count_hits(fn, strategy);
    double expected = (double)RUNS / GOROUTINES;
    for (unsigned i = 1; i < depth; i++) {
        expected /= weft__profile_now()->choices_max;
    }
    if (hits < expected) {
        print_error("%s: %u hits of %d, expected %.1f, k = %u\n", strategy, hits, RUNS, expected,
                    weft__profile_now()->choices_max);
    }
    assert_true(hits >= expected);
}

static void test_bugs_are_hit_at_the_guaranteed_rate(void **state)
{
    (void)state;
    assert_rate(late, 1, "pct1");
    assert_rate(between, 2, "pct2");
    assert_rate(twice, 3, "pct3");
    assert_rate(twice, 3, "pct3-racy");
}

static void test_depth_is_a_limit(void **state)
{
    (void)state;
    assert_int_equal(count_hits(between, "pct1"), 0);
    assert_int_equal(count_hits(twice, "pct2"), 0);
}

static void test_racy_steps_are_fewer(void **state)
{
    (void)state;
    assert_true(count_hits(twice, "pct3-racy") > count_hits(twice, "pct3"));
}

static void test_names(void **state)
{
    (void)state;
    assert_ptr_equal(weft__strategy_find("pct"), &weft__strategy_pct);
    assert_string_equal(weft__strategy_find("pct10-racy")->name, "pct10-racy");
    assert_null(weft__strategy_find("pct11"));
    assert_null(weft__strategy_find("pct0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bugs_are_hit_at_the_guaranteed_rate),
        cmocka_unit_test(test_depth_is_a_limit),
        cmocka_unit_test(test_racy_steps_are_fewer),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
