/* stack_variable: a goroutine lends a local variable to another one; fixed: and waits until that
 * one has done. */
#include "support/race_program.h"

static weft_chan *lent, *back;

static void owner(void *arg)
{
    (void)arg;
    int local = 0;
    int *const address = &local;
    weft_chan_send(lent, &address);
    if (RACE_FIXED) {
        weft_chan_recv(back, NULL);
    }
    opaque_use(local); /* RACE */
    if (!RACE_FIXED) {
        weft_chan_recv(back, NULL);
    }
}

static void body(void *arg)
{
    (void)arg;
    lent = weft_chan_make(sizeof(int *), 0);
    back = weft_chan_make(0, 1);
    weft_go(owner, NULL);
    int *address = NULL;
    weft_chan_recv(lent, &address);
    *address = 1; /* RACE */
    weft_chan_send(back, NULL);
}

RACE_MAIN(body)
