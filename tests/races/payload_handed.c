/* payload_handed: as payload_received, but the value goes straight from the sender to the parked
 * receiver, whose receive has written the variable all the same.
 * TSan: cannot see, because the copy is made by the sender: its report has the line of the send. */
#include "support/race_program.h"

static weft_chan *ch, *received;
static int x;

static void receiver(void *arg)
{
    (void)arg;
    weft_chan_recv(ch, &x); /* RACE */
    weft_chan_send(received, NULL);
}

static void reader(void *arg)
{
    (void)arg;
    if (RACE_FIXED) {
        weft_chan_recv(received, NULL);
    }
    opaque_use(x); /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    const int value = 1;
    ch = weft_chan_make(sizeof x, 0);
    received = weft_chan_make(0, 1);
    weft_go(receiver, NULL);
    weft_go(reader, NULL);
    weft_chan_send(ch, &value);
}

RACE_MAIN(body)
