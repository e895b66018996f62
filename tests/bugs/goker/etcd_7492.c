/* etcd_7492: clients hand their token to the keeper, over a channel of capacity 1, with the store's
 * lock held; the keeper takes that lock to expire old tokens when its ticker fires. If it does
 * while a client waits to send, nobody moves.
 * Expected: deadlock, main in wait group wait, keeper in rwmutex lock, client in channel send.
 * Needs the ticker to fire while others can run. */
#include "../support/bug.h"

BUG_COUNT(CLIENTS, 3);

static weft_rwmutex store; /* only its write side is used */
static weft_chan *add;
static weft_chan *stop; /* of weft_chan *: where to acknowledge */
static weft_waitgroup clients;
static int token_count; /* of the keeper */

static void expire_tokens(void)
{
    for (; token_count > 0; token_count--) {
        weft_rwmutex_lock(&store);
        weft_rwmutex_unlock(&store);
    }
}

static void keeper(void *arg)
{
    (void)arg;
    weft_ticker *const ticker = weft_ticker_make(1);
    weft_chan *acknowledge = NULL;
    weft_case cases[] = {
        WEFT_RECV(add, NULL),
        WEFT_RECV(weft_ticker_chan(ticker), NULL),
        WEFT_RECV(stop, &acknowledge),
    };
    for (size_t chosen = 0; chosen != 2;) {
        chosen = weft_select(cases, 3);
        if (chosen == 0) {
            token_count++;
        } else if (chosen == 1) {
            expire_tokens();
        }
    }
    weft_ticker_stop(ticker);
    weft_chan_send(acknowledge, NULL);
}

static void client(void *arg)
{
    (void)arg;
    weft_rwmutex_lock(&store);
#ifdef FIXED
    weft_rwmutex_unlock(&store);
    weft_chan_send(add, NULL);
#else
    weft_chan_send(add, NULL);
    weft_rwmutex_unlock(&store);
#endif
    weft_waitgroup_done(&clients);
}

static void teardown(void)
{
    weft_chan *const acknowledge = weft_chan_make(0, 0);
    weft_chan_send(stop, &acknowledge);
    weft_chan_recv(acknowledge, NULL);
    weft_chan_close(stop);
    weft_rwmutex_lock(&store);
    weft_rwmutex_unlock(&store);
}

static void kernel(void *arg)
{
    (void)arg;
    add = weft_chan_make(0, 1);
    stop = weft_chan_make(sizeof(weft_chan *), 0);
    weft_go(keeper, NULL);
    weft_waitgroup_add(&clients, CLIENTS);
    for (int i = 0; i < CLIENTS; i++) {
        weft_go(client, NULL);
    }
    weft_waitgroup_wait(&clients);
    teardown();
}

BUG_MAIN(kernel, DEADLOCK({"main", "wait group wait"}, {"keeper", "rwmutex lock"},
                          {"client", "channel send"}))
