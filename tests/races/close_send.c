/* close_send: nothing orders the close after the send: no data race (no line is marked), but a send
 * on a closed channel. Fixed: main closes when the sender has ended.
 * TSan: cannot see, because the channel's lock orders the two. */
#include "support/race_program.h"

static weft_chan *ch;
static weft_waitgroup ended;

static void sender(void *arg)
{
    (void)arg;
    weft_chan_send(ch, NULL);
    weft_waitgroup_done(&ended);
}

static void body(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 1);
    weft_waitgroup_add(&ended, 1);
    weft_go(sender, NULL);
    if (RACE_FIXED) {
        weft_waitgroup_wait(&ended);
    }
    weft_chan_close(ch);
}

RACE_MAIN(body)
