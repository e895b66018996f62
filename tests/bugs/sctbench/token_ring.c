/* token_ring: three threads hand a value on, each in one atomic step, in whatever order; the fourth
 * expects all to have the same once all have moved.
 * Expected: assertion in check. After SCTBench CS/token_ring. */
#include "../support/bug.h"

static struct {
    int x1, x2, x3;
    bool moved1, moved2, moved3;
} ring = {1, 2, 1, false, false, false};
static weft_waitgroup threads;

static void first(void *arg)
{
    (void)arg;
    weft_point(&ring);
    ring.x1 = (ring.x3 + 1) % 4;
    ring.moved1 = true;
    weft_waitgroup_done(&threads);
}

static void second(void *arg)
{
    (void)arg;
    weft_point(&ring);
    if (!BUG_FIXED || ring.moved1) {
        ring.x2 = ring.x1;
        ring.moved2 = true;
    }
    weft_waitgroup_done(&threads);
}

static void third(void *arg)
{
    (void)arg;
    weft_point(&ring);
    if (!BUG_FIXED || ring.moved2) {
        ring.x3 = ring.x2;
        ring.moved3 = true;
    }
    weft_waitgroup_done(&threads);
}

static void check(void *arg)
{
    (void)arg;
    weft_point(&ring);
    if (ring.moved1 && ring.moved2 && ring.moved3) {
        WEFT_ASSERT(ring.x1 == ring.x2 && ring.x2 == ring.x3);
    }
    weft_waitgroup_done(&threads);
}

static void program(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&threads, 4);
    weft_go(first, NULL);
    weft_go(second, NULL);
    weft_go(third, NULL);
    weft_go(check, NULL);
    weft_waitgroup_wait(&threads);
}

BUG_MAIN(program, ASSERTION("check", "ring.x1 == ring.x2"))
