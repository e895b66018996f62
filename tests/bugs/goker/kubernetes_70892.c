/* kubernetes_70892: workers that share the pieces of a job look at and replace the same elements of
 * the result.
 * Expected: a data race of two workers on results; see RACE in bug.h. */
#include "../support/bug.h"

enum { RESULTS = 3 }; /* as many as are set below */
BUG_COUNT(WORKERS, 2);
BUG_COUNT(PIECES, 2);

static const int stale[] = {0, 0};
static const int fresh[] = {4, 4};
static const int *results[RESULTS] = {stale, stale, stale};
static weft_mutex mutex; /* only the fixed form has it */
static weft_context *context;
static weft_chan *pieces;
static weft_waitgroup workers;

static bool cancelled(void)
{
    weft_case cases[] = {WEFT_RECV(weft_context_done(context), NULL), WEFT_DEFAULT};
    return weft_select(cases, 2) == 0;
}

static void renew_results(void)
{
    bug_lock(&mutex);
    for (int i = 0; i < RESULTS; i++) {
        const int *const current = WEFT_READ(results[i]);
        if (current[0] != 4) {
            WEFT_WRITE(results[i], fresh);
        }
    }
    bug_unlock(&mutex);
}

static void worker(void *arg)
{
    (void)arg;
    int piece = 0;
    while (weft_chan_recv(pieces, &piece) && !cancelled()) {
        renew_results();
    }
    weft_waitgroup_done(&workers);
}

static void kernel(void *arg)
{
    (void)arg;
    context = weft_context_with_cancel(NULL);
    pieces = weft_chan_make(sizeof(int), (size_t)PIECES);
    for (int i = 0; i < PIECES; i++) {
        weft_chan_send(pieces, &i);
    }
    weft_chan_close(pieces);
    weft_waitgroup_add(&workers, WORKERS);
    for (int i = 0; i < WORKERS; i++) {
        weft_go(worker, NULL);
    }
    weft_waitgroup_wait(&workers);
    WEFT_ASSERT(results[0] == fresh);
}

BUG_MAIN(kernel, RACE("worker", "worker"))
