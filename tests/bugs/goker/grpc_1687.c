/* grpc_1687: the handler closes the channel of writes, and writes once more; whether the transport
 * is closed is asked of another channel, which nobody closes.
 * Expected: panic "send on closed channel" in h. */
#include "../support/bug.h"

static weft_chan *writes; /* of weft_fn * */
static weft_chan *closed;

static void write_header(void *arg)
{
    (void)arg;
}

static void do_in_serve(weft_fn *fn)
{
    weft_case look[] = {WEFT_RECV(closed, NULL), WEFT_DEFAULT};
    if (weft_select(look, 2) == 0) {
        return;
    }
    weft_case hand_over[] = {WEFT_SEND(writes, &fn), WEFT_RECV(closed, NULL)};
    weft_select(hand_over, 2);
}

static void h(void *arg)
{
    (void)arg;
    do_in_serve(write_header);
#ifdef FIXED
    weft_chan_close(closed);
#else
    weft_chan_close(writes);
#endif
    do_in_serve(write_header);
}

static void kernel(void *arg)
{
    (void)arg;
    writes = weft_chan_make(sizeof(weft_fn *), 0);
    closed = weft_chan_make(0, 0);
    weft_go(h, NULL);
    weft_fn *fn = NULL;
    weft_case cases[] = {WEFT_RECV(writes, &fn), WEFT_RECV(closed, NULL)};
    while (weft_select(cases, 2) == 0 && cases[0].ok) {
        fn(NULL);
    }
    weft_sleep(10 * WEFT_MILLISECOND);
}

BUG_MAIN(kernel, PANIC("h", "send on closed channel"))
