/* explore.h: exploring from a test of the simulator itself. */
#ifndef WEFT_TEST_EXPLORE_H
#define WEFT_TEST_EXPLORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <weft/sim.h>

/* Explore quietly, `schedules` runs at most. */
static inline weft_result explore_runs(weft_fn *fn, void *arg, uint64_t schedules)
{
    weft_result result;
    const weft_options options = {.name = "test", .schedules = schedules};
    assert_true(weft_explore(&options, fn, arg, &result) >= 0);
    return result;
}

/* The one finding of an exploration of fn, which must be of this kind. */
static inline weft_result explore_expecting(weft_fn *fn, weft_finding_kind kind)
{
    weft_result result = explore_runs(fn, NULL, 10000);
    assert_int_equal(result.finding_count, 1);
    assert_string_equal(weft_finding_kind_name(result.findings[0].kind),
                        weft_finding_kind_name(kind));
    return result;
}

static inline void explore_clean(weft_fn *fn, uint64_t schedules)
{
    weft_result result = explore_runs(fn, NULL, schedules);
    if (result.finding_count != 0) {
        print_error("%s: %s\n", weft_finding_kind_name(result.findings[0].kind),
                    result.findings[0].message);
    }
    assert_int_equal(result.finding_count, 0);
    weft_result_clear(&result);
}

#endif
