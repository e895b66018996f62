/* payload_sent: a send reads its value, so nobody may be writing it; fixed: under a mutex. */
#include "support/race_program.h"

static weft_chan *ch;
static weft_mutex mutex;
static int x;

static void writer(void *arg)
{
    (void)arg;
    race_lock(&mutex);
    x = 1; /* RACE */
    race_unlock(&mutex);
}

static void body(void *arg)
{
    (void)arg;
    ch = weft_chan_make(sizeof x, 1);
    weft_go(writer, NULL);
    race_lock(&mutex);
    weft_chan_send(ch, &x); /* RACE */
    race_unlock(&mutex);
}

RACE_MAIN(body)
