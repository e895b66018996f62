/* rate_limiter.c: a token bucket. A request takes a token out of a channel and waits while there is
 * none; a ticker puts one in each period, and drops it when the bucket is full. So BURST requests
 * may come at once, and after that one a period.
 *
 * What must hold, whenever the ticker fires: never more requests than BURST + ticks, and the k-th
 * tick not before k periods. In the simulator time is virtual: the program takes no time at all,
 * and a tick may come at any moment.
 *
 *   sim/rate_limiter        explores the schedules
 *   runtime/rate_limiter    prints, say: 6 requests, 4 ticks, 4.2 ms */
#include <stdio.h>
#include <stdlib.h>
#include <weft.h>

enum { CLIENTS = 3, REQUESTS = 2, BURST = 2 };

static const int64_t period_ns = WEFT_MILLISECOND;

typedef struct limiter {
    weft_chan *tokens; /* the bucket: elements of size 0 */
    weft_chan *stop;   /* closed: no more tokens are needed */
    weft_waitgroup refill;
    int ticks; /* of the refill goroutine, until it has ended */
} limiter;

static void refill(void *arg)
{
    limiter *const l = arg;
    weft_ticker *const ticker = weft_ticker_make(period_ns);
    weft_case cases[] = {
        WEFT_RECV(weft_ticker_chan(ticker), NULL),
        WEFT_RECV(l->stop, NULL),
    };
    while (weft_select(cases, 2) == 0) {
        l->ticks++;
        (void)weft_chan_try_send(l->tokens, NULL); /* full: the token is lost */
    }
    weft_ticker_release(ticker);
}

static void limiter_start(limiter *l)
{
    l->tokens = weft_chan_make(0, BURST);
    l->stop = weft_chan_make(0, 0);
    for (int i = 0; i < BURST; i++) {
        weft_chan_send(l->tokens, NULL);
    }
    weft_waitgroup_go(&l->refill, refill, l);
}

static void limiter_stop(limiter *l)
{
    weft_chan_close(l->stop);
    weft_waitgroup_wait(&l->refill);
    weft_chan_release(l->stop);
    weft_chan_release(l->tokens);
}

static void client(void *arg)
{
    limiter *const l = arg;
    for (int i = 0; i < REQUESTS; i++) {
        weft_chan_recv(l->tokens, NULL);
        /* the request itself */
    }
}

static void rate_limiter(void *arg)
{
    (void)arg;
    limiter l = {0};
    weft_waitgroup clients = {0};
    const int64_t start_ns = weft_now();
    limiter_start(&l);
    for (int i = 0; i < CLIENTS; i++) {
        weft_waitgroup_go(&clients, client, &l);
    }
    weft_waitgroup_wait(&clients);
    limiter_stop(&l);
    const int64_t elapsed_ns = weft_now() - start_ns;
    WEFT_ALWAYS(CLIENTS * REQUESTS <= BURST + l.ticks, "a token for each request");
    WEFT_ALWAYS(l.ticks * period_ns <= elapsed_ns, "a period for each tick");
    printf("%d requests, %d ticks, %.1f ms\n", CLIENTS * REQUESTS, l.ticks,
           (double)elapsed_ns / (double)WEFT_MILLISECOND);
}

int main(void)
{
    return weft_run(rate_limiter, NULL) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
