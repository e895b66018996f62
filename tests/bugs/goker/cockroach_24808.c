/* cockroach_24808: start puts a first job into a channel of capacity 1 before it starts the worker
 * that would take it out. When a job is there already, start waits for ever.
 * Expected: deadlock, main in channel send. */
#include "../support/bug.h"

static weft_chan *jobs;
static weft_chan *stopper;

static void worker(void *arg)
{
    (void)arg;
    weft_case cases[] = {WEFT_RECV(jobs, NULL), WEFT_RECV(stopper, NULL)};
    while (weft_select(cases, 2) == 0) {
    }
}

static void start(void)
{
#ifdef FIXED
    (void)weft_chan_try_send(jobs, NULL); /* one job waiting is enough */
#else
    weft_chan_send(jobs, NULL);
#endif
    weft_go(worker, NULL);
}

static void kernel(void *arg)
{
    (void)arg;
    jobs = weft_chan_make(0, 1);
    stopper = weft_chan_make(0, 0);
    weft_chan_send(jobs, NULL);
    start();
    weft_chan_close(stopper);
}

BUG_MAIN(kernel, DEADLOCK({"main", "channel send"}))
