/* kubernetes_81091: workers that share the pieces of a job count them in one plain counter.
 * Expected: a data race of two workers on counter; see RACE in bug.h. */
#include "../support/bug.h"

BUG_COUNT(WORKERS, 2);
BUG_COUNT(PIECES, 2);

static int counter;
static weft_mutex mutex; /* only the fixed form has it */
static weft_chan *pieces;
static weft_chan *stop; /* stays NULL: never ready */
static weft_waitgroup driver;
static weft_waitgroup workers;

static bool stopped(void)
{
    weft_case cases[] = {WEFT_RECV(stop, NULL), WEFT_DEFAULT};
    return weft_select(cases, 2) == 0;
}

static void count(void)
{
    bug_lock(&mutex);
    const int before = WEFT_READ(counter);
    WEFT_WRITE(counter, before + 1);
    bug_unlock(&mutex);
}

static void worker(void *arg)
{
    (void)arg;
    int piece = 0;
    while (weft_chan_recv(pieces, &piece) && !stopped()) {
        count();
    }
    weft_waitgroup_done(&workers);
}

static void d(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&workers, WORKERS);
    for (int i = 0; i < WORKERS; i++) {
        weft_go(worker, NULL);
    }
    weft_waitgroup_wait(&workers);
    if (BUG_FIXED) {
        WEFT_ASSERT(counter == PIECES);
    }
    weft_waitgroup_done(&driver);
}

static void kernel(void *arg)
{
    (void)arg;
    pieces = weft_chan_make(sizeof(int), (size_t)PIECES);
    for (int i = 0; i < PIECES; i++) {
        weft_chan_send(pieces, &i);
    }
    weft_chan_close(pieces);
    weft_waitgroup_add(&driver, 1);
    weft_go(d, NULL);
    weft_waitgroup_wait(&driver);
}

BUG_MAIN(kernel, RACE("worker", "worker"))
