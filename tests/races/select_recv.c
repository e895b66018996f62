/* select_recv: a select orders by the case that was executed, not by the others. */
#include "support/race_program.h"

static weft_chan *written, *unrelated;
static int x;

static void writer(void *arg)
{
    (void)arg;
    x = 1; /* RACE */
    race_pause();
    weft_chan_send(written, NULL);
}

static void other(void *arg)
{
    (void)arg;
    weft_chan_send(unrelated, NULL);
}

static void body(void *arg)
{
    (void)arg;
    written = weft_chan_make(0, 1);
    unrelated = weft_chan_make(0, 1);
    weft_go(other, NULL);
    weft_go(writer, NULL);
    weft_case cases[] = {WEFT_RECV(written, NULL), WEFT_RECV(unrelated, NULL)};
    if (weft_select(cases, 2) == 0 || !RACE_FIXED) {
        opaque_use(x); /* RACE */
    }
}

RACE_MAIN(body)
