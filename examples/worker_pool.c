/* worker_pool.c: workers that search for a divisor, and stop as soon as one of them has found it.
 *
 * A manager deals ranges of numbers out to the workers; the workers send what they find; main
 * cancels the context when it has its answer, which stops the manager in the middle of dealing and
 * makes the workers skip what they still get. The answer is the same under every schedule, how much
 * was searched for it is not.
 *
 *   sim/worker_pool        explores the schedules
 *   runtime/worker_pool    prints, say: 8051 = 83 * 97, found in 5 of 6 ranges */
#include <stdio.h>
#include <stdlib.h>
#include <weft.h>

enum { NUMBER = 8051, WORKERS = 3, RANGES = 6, RANGE_SIZE = 16 };

typedef struct range {
    int first;
    int divisor; /* 0: none in this range */
} range;

typedef struct pool {
    weft_context *context; /* cancelled: enough has been found */
    weft_chan *jobs;       /* of range; closed by the manager after the last one */
    weft_chan *results;    /* of range; closed by the manager when all workers have ended */
    weft_waitgroup workers;
    weft_waitgroup manager;
} pool;

static int find_divisor(int first)
{
    for (int i = first; i < first + RANGE_SIZE; i++) {
        if (NUMBER % i == 0) {
            return i;
        }
    }
    return 0;
}

static void worker(void *arg)
{
    pool *const p = arg;
    range r;
    while (weft_chan_recv(p->jobs, &r)) {
        if (weft_context_err(p->context) == 0) {
            r.divisor = find_divisor(r.first);
            weft_chan_send(p->results, &r); /* main receives until results is closed */
        }
    }
}

static void deal(pool *p)
{
    for (int i = 0; i < RANGES; i++) {
        const range r = {.first = 2 + i * RANGE_SIZE};
        weft_case cases[] = {
            WEFT_SEND(p->jobs, &r),
            WEFT_RECV(weft_context_done(p->context), NULL),
        };
        if (weft_select(cases, 2) == 1) {
            return;
        }
    }
}

static void manager(void *arg)
{
    pool *const p = arg;
    for (int i = 0; i < WORKERS; i++) {
        weft_waitgroup_go(&p->workers, worker, p);
    }
    deal(p);
    weft_chan_close(p->jobs);
    weft_waitgroup_wait(&p->workers);
    weft_chan_close(p->results);
}

/* Returns the divisor; how many ranges were searched is in *ret_searched. */
static int search(pool *p, int *ret_searched)
{
    int divisor = 0;
    int searched = 0;
    range r;
    while (weft_chan_recv(p->results, &r)) {
        searched++;
        if (r.divisor != 0) {
            divisor = r.divisor;
            weft_context_cancel(p->context);
        }
    }
    *ret_searched = searched;
    return divisor;
}

static void worker_pool(void *arg)
{
    (void)arg;
    pool p = {
        .context = weft_context_with_cancel(NULL),
        .jobs = weft_chan_make(sizeof(range), 0),
        .results = weft_chan_make(sizeof(range), 0),
    };
    weft_waitgroup_go(&p.manager, manager, &p);
    int searched = 0;
    const int divisor = search(&p, &searched);
    weft_waitgroup_wait(&p.manager);
    WEFT_ASSERT(divisor == 83);
    WEFT_ASSERT(searched <= RANGES);
    printf("%d = %d * %d, found in %d of %d ranges\n", NUMBER, divisor, NUMBER / divisor, searched,
           RANGES);
    weft_chan_release(p.results);
    weft_chan_release(p.jobs);
    weft_context_release(p.context);
}

int main(void)
{
    return weft_run(worker_pool, NULL) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
