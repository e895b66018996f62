/* select_default: the default orders nothing. */
#include "support/race_program.h"

static weft_chan *ch;
static int x;

static void sender(void *arg)
{
    (void)arg;
    x = 1; /* RACE */
    weft_chan_send(ch, NULL);
}

static void body(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 1);
    weft_go(sender, NULL);
    weft_case cases[] = {WEFT_RECV(ch, NULL), WEFT_DEFAULT};
    if (weft_select(cases, 2) == 1 && RACE_FIXED) {
        weft_chan_recv(ch, NULL);
    }
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
