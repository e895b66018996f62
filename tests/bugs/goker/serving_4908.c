/* serving_4908: a subtest waits for the goroutine it started, but not for the one which that one
 * started, and which logs through the test when it is over.
 * Expected: panic "log after test completed" in e. (Also a data race of d and e on test_done.) */
#include "../support/bug.h"

static bool test_done;
static weft_waitgroup driver;
static weft_waitgroup inner;

static void test_log(const char *text)
{
    if (WEFT_READ(test_done)) {
        weft_panic("log after test completed: %s", text);
    }
}

static void e(void *arg)
{
    (void)arg;
    test_log("revision updated");
#ifdef FIXED
    weft_waitgroup_done(&inner);
#endif
}

static void r(void *arg)
{
    (void)arg;
#ifdef FIXED
    weft_waitgroup_add(&inner, 1);
#endif
    weft_go(e, NULL);
    weft_waitgroup_done(&inner);
}

static void subtest(void)
{
    weft_waitgroup_add(&inner, 1);
    weft_go(r, NULL);
    weft_waitgroup_wait(&inner);
}

static void d(void *arg)
{
    (void)arg;
    subtest();
    WEFT_WRITE(test_done, true);
    weft_waitgroup_done(&driver);
}

static void kernel(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&driver, 1);
    weft_go(d, NULL);
    weft_waitgroup_wait(&driver);
}

BUG_MAIN(kernel, PANIC("e", "log after test completed"), RACE("d", "e"))
