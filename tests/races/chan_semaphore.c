/* chan_semaphore: a channel as a semaphore: with one place it excludes, with two it does not. */
#include "support/race_program.h"

static weft_chan *places;
static int x;

static void worker(void *arg)
{
    (void)arg;
    weft_chan_send(places, NULL);
    race_pause();
    x++; /* RACE */
    weft_chan_recv(places, NULL);
}

static void body(void *arg)
{
    (void)arg;
    places = weft_chan_make(0, RACE_FIXED ? 1 : 2);
    weft_go(worker, NULL);
    weft_go(worker, NULL);
}

RACE_MAIN(body)
