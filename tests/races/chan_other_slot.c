/* chan_other_slot: with two places in the buffer the first receive does not come before the second
 * send, even if that is what happens, which the relaxed flag sees to; with one place it does.
 * TSan: cannot see, because the channel's lock orders them. */
#include "support/race_program.h"

#include <stdatomic.h>

static weft_chan *ch;
static atomic_int flag;
static int x;

static void receiver(void *arg)
{
    (void)arg;
    x = 1; /* RACE */
    weft_chan_recv(ch, NULL);
    atomic_store_explicit(&flag, 1, memory_order_relaxed);
}

static void body(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, RACE_FIXED ? 1 : 2);
    weft_go(receiver, NULL);
    weft_chan_send(ch, NULL);
    while (atomic_load_explicit(&flag, memory_order_relaxed) == 0) {
        weft_yield();
    }
    weft_chan_send(ch, NULL);
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
