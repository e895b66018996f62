/* weft/cmocka.h: cmocka tests whose bodies are goroutines.
 *
 *     static void test_transfer(void **state) { ... weft_go(...) ... assert_int_equal(a, b); }
 *
 *     int main(void)
 *     {
 *         const struct CMUnitTest tests[] = {weft_unit_test(test_transfer)};
 *         return cmocka_run_group_tests(tests, NULL, NULL);
 *     }
 *
 * Linked with weft::cmocka and weft::sim, the test explores schedules of its body and fails when
 * one of them fails; with weft::runtime the body runs once, on threads. cmocka's asserts may be
 * used in any goroutine: a failed one ends the run, is a finding in the simulator and fails the
 * test.
 *
 * Setup and teardown given here run as part of each run, in the goroutine of the body; those of the
 * group run once, outside. What cmocka keeps for itself (expected calls, will_return, its own
 * allocator) is not put back between simulated runs, so a body must use up what it queues. skip()
 * is not possible within the body: it counts as a failure. */
#ifndef WEFT_CMOCKA_H
#define WEFT_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <weft.h>

/* One test; made by the macros below. */
typedef struct weft_cmocka_test {
    const char *name;
    CMUnitTestFunction body;
    CMFixtureFunction setup;    /* NULL: none */
    CMFixtureFunction teardown; /* NULL: none */
} weft_cmocka_test;

#define weft_unit_test(body) weft_unit_test_setup_teardown(body, NULL, NULL)
#define weft_unit_test_setup_teardown(body, setup, teardown)                                       \
    {                                                                                              \
#body, weft_cmocka_run, NULL, NULL, (void *)&(weft_cmocka_test)                            \
        {                                                                                          \
#body, body, setup, teardown                                                           \
        }                                                                                          \
    }

/* The cmocka test function behind each of them. */
void weft_cmocka_run(void **state);

#endif
