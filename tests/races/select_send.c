/* select_send: a send that is executed by a select passes on what was written before the select. */
#include "support/race_program.h"

static weft_chan *ch, *never;
static int x;

static void sender(void *arg)
{
    (void)arg;
    if (RACE_FIXED) {
        x = 1;
    }
    weft_case cases[] = {WEFT_RECV(never, NULL), WEFT_SEND(ch, NULL)};
    (void)weft_select(cases, 2);
    if (!RACE_FIXED) {
        x = 2; /* RACE */
    }
}

static void body(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 0);
    never = weft_chan_make(0, 0);
    weft_go(sender, NULL);
    weft_chan_recv(ch, NULL);
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
