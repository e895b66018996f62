/* surw_test.c: with exact counts all interleavings of the selected operations are equally likely:
 * main does three writes and its child four, which makes 35. */
#include "runs.h"

enum { RUNS = 7000, ORDERS = 1 << 7, INTERLEAVINGS = 35, WARM_UP = 32 };

static int variable;
static unsigned order; /* a bit for each write: whose it was */

static void write_four(void *arg)
{
    (void)arg;
    for (int i = 0; i < 4; i++) {
        WEFT_WRITE(variable, i);
        order = order << 1 | 1;
    }
}

static void seven_writes(void *arg)
{
    (void)arg;
    weft_go(write_four, NULL);
    for (int i = 0; i < 3; i++) {
        WEFT_WRITE(variable, i);
        order = order << 1;
    }
}

static bool count_order(void *into, uint64_t run)
{
    if (run >= WARM_UP) {
        ((unsigned *)into)[order]++;
    }
    return true;
}

/* The statistic of Pearson's test against equal probabilities, and how many orders there were. */
static double chi_square(const char *strategy, unsigned *ret_orders)
{
    unsigned *const counts = calloc(ORDERS, sizeof *counts);
    const double expected = (double)RUNS / INTERLEAVINGS;
    double sum = 0;
    weft__profile_reset();
    runs_execute(&(runs){.fn = seven_writes,
                         .strategy = weft__strategy_find(strategy),
                         .seed = 1,
                         .count = RUNS + WARM_UP,
                         .each = count_order,
                         .into = counts});
    *ret_orders = 0;
    for (unsigned i = 0; i < ORDERS; i++) {
        const double difference = (double)counts[i] - expected;
        *ret_orders += counts[i] != 0 ? 1 : 0;
        sum += counts[i] != 0 ? difference * difference / expected : 0;
    }
    free(counts);
    return sum + (INTERLEAVINGS - *ret_orders) * expected;
}

/* 34 degrees of freedom: one in a thousand uniform samples is above 65.2. */
static void assert_uniform(const char *strategy)
{
    unsigned orders = 0;
    const double statistic = chi_square(strategy, &orders);
    if (statistic > 65.2) {
        print_error("%s: %u orders, chi-square %.1f\n", strategy, orders, statistic);
    }
    assert_int_equal(orders, INTERLEAVINGS);
    assert_true(statistic < 65.2);
}

static void test_interleavings_of_a_selected_variable_are_uniform(void **state)
{
    (void)state;
    assert_uniform("surw");
}

static void test_interleavings_of_everything_are_uniform(void **state)
{
    (void)state;
    assert_uniform("urw");
}

/* So that the test above is known to tell one from the other. */
static void test_random_walk_is_not_uniform(void **state)
{
    (void)state;
    unsigned orders = 0;
    assert_true(chi_square("random", &orders) > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interleavings_of_a_selected_variable_are_uniform),
        cmocka_unit_test(test_interleavings_of_everything_are_uniform),
        cmocka_unit_test(test_random_walk_is_not_uniform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
