/* cockroach_35073: the outbox ends without telling the pushers that nobody consumes any more. They
 * fill the channel and then wait for ever.
 * Expected: deadlock, main and b in channel send. */
#include "../support/bug.h"

BUG_COUNT(CAPACITY, 16);

enum status { NEED_ROWS, CONSUMER_CLOSED };

static weft_chan *data;
static enum status status; /* atomic */
static weft_waitgroup pusher;
static weft_waitgroup outbox;

static void push(void)
{
    if (BUG_ATOMIC_LOAD(status) == NEED_ROWS) {
        weft_chan_send(data, &(int){0});
    }
}

static void b(void *arg)
{
    (void)arg;
    push();
    weft_waitgroup_done(&pusher);
}

static void o(void *arg)
{
    (void)arg;
#ifdef FIXED
    BUG_ATOMIC_STORE(status, CONSUMER_CLOSED);
    while (weft_chan_try_recv(data, NULL) == 0) {
    }
#endif
    weft_waitgroup_done(&outbox);
}

static void kernel(void *arg)
{
    (void)arg;
    data = weft_chan_make(sizeof(int), (size_t)CAPACITY);
    for (int i = 0; i < CAPACITY; i++) {
        push();
    }
    weft_waitgroup_add(&pusher, 1);
    weft_go(b, NULL);
    weft_waitgroup_add(&outbox, 1);
    weft_go(o, NULL);
    weft_waitgroup_wait(&outbox);
    push();
    weft_waitgroup_wait(&pusher);
}

BUG_MAIN(kernel, DEADLOCK({"main", "channel send"}, {"b", "channel send"}))
