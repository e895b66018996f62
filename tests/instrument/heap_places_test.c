/* heap_places_test.c: variables in different blocks are different objects to an exhaustive
 * exploration: accesses of them commute. */
#include "../support/explore.h"

enum { WRITERS = 2, BLOCKS = 2 };

static volatile int *blocks[BLOCKS];

static void write_one(void *arg)
{
    volatile int *const block = arg;
    *block = 1;
}

static void write_blocks(void *arg)
{
    (void)arg;
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc(sizeof(int));
        for (int k = 0; k < WRITERS; k++) {
            weft_go(write_one, (void *)(uintptr_t)blocks[i]);
        }
    }
}

/* Two orders for each block. */
static void test_writes_to_different_blocks_commute(void **state)
{
    (void)state;
    weft_result r;
    const weft_options options = {.name = "test",
                                  .strategy = "dpor",
                                  .races = "allow",
                                  .schedules = 10000,
                                  .time_ns = WEFT_NEVER};
    assert_int_equal(weft_explore(&options, write_blocks, NULL, &r), 0);
    assert_true(r.complete);
    assert_int_equal(r.behaviours, 4);
    weft_result_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes_to_different_blocks_commute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
