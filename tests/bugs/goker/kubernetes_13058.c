/* kubernetes_13058: a test counts the controller's rounds with a wait group, but adds to it while
 * the controller may already be counting down, and does not stop it after the last round.
 * Expected: panic, negative wait group count, in c. Needs a sleep to end early, or c to start
 * first.
 */
#include "../support/bug.h"

BUG_COUNT(ROUNDS, 3);

static weft_waitgroup tests;
static weft_waitgroup workers;
static weft_chan *stop;

static void c(void *arg)
{
    (void)arg;
    weft_case cases[] = {WEFT_RECV(stop, NULL), WEFT_DEFAULT};
    for (int round = 0; weft_select(cases, 2) == 1; round++) {
        if (!BUG_FIXED || round < ROUNDS) {
            weft_waitgroup_done(&tests);
        }
        weft_sleep(10 * WEFT_MILLISECOND);
    }
}

static void worker(void *arg)
{
    (void)arg;
    weft_waitgroup_done(&workers);
}

static void kernel(void *arg)
{
    (void)arg;
    stop = weft_chan_make(0, 0);
#ifdef FIXED
    weft_waitgroup_add(&tests, ROUNDS);
    weft_go(c, NULL);
#else
    weft_go(c, NULL);
    weft_waitgroup_add(&tests, ROUNDS);
#endif
    weft_waitgroup_add(&workers, ROUNDS);
    for (int i = 0; i < ROUNDS; i++) {
        weft_go(worker, NULL);
    }
    weft_waitgroup_wait(&workers);
    weft_waitgroup_wait(&tests);
    weft_chan_close(stop);
}

BUG_MAIN(kernel, PANIC("c", "negative"))
