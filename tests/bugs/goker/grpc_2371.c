/* grpc_2371: tearing a connection down sets its wrapper to NULL under the lock, and the goroutine
 * that updates the state uses the wrapper under the lock, but does not look whether it is NULL.
 * Expected: crash, w. */
#include "../support/bug.h"

BUG_COUNT(ROUNDS, 3);

typedef struct wrapper {
    weft_chan *states;
} wrapper;

typedef struct connection {
    weft_rwmutex mutex; /* only its write side is used */
    wrapper *wrapper;
    wrapper storage;
} connection;

static connection connections[ROUNDS_MAX];

static void w(void *arg)
{
    connection *const c = arg;
    weft_rwmutex_lock(&c->mutex);
    wrapper *const states = c->wrapper;
#ifdef FIXED
    if (states == NULL) {
        weft_rwmutex_unlock(&c->mutex);
        return;
    }
#endif
    (void)weft_chan_try_recv(states->states, NULL);
    weft_chan_send(states->states, NULL);
    weft_rwmutex_unlock(&c->mutex);
}

static void x(void *arg)
{
    connection *const c = arg;
    weft_rwmutex_lock(&c->mutex);
    c->wrapper = NULL;
    weft_rwmutex_unlock(&c->mutex);
}

static void kernel(void *arg)
{
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        connection *const c = &connections[i];
        c->storage.states = weft_chan_make(0, 1);
        c->wrapper = &c->storage;
        weft_go(w, c);
        weft_go(x, c);
        weft_sleep(100 * WEFT_MILLISECOND);
    }
}

BUG_MAIN(kernel, CRASH("w"))
