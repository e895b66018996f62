/* chan_slots: a ring of three cells whose indices go through a channel. A cell is used again three
 * sends later, when with one place in the channel its reader is known to have gone on; with two
 * places it may still read. */
#include "support/race_program.h"

enum { CELLS = 3, VALUES = 5 };

static weft_chan *ch;
static int ring[CELLS];

static void consumer(void *arg)
{
    (void)arg;
    for (int i = 0; i < VALUES; i++) {
        int cell = 0;
        weft_chan_recv(ch, &cell);
        race_pause();
        opaque_use(ring[cell]); /* RACE */
    }
}

static void body(void *arg)
{
    (void)arg;
    ch = weft_chan_make(sizeof(int), RACE_FIXED ? 1 : 2);
    weft_go(consumer, NULL);
    for (int i = 0; i < VALUES; i++) {
        const int cell = i % CELLS;
        ring[cell] = i; /* RACE */
        weft_chan_send(ch, &cell);
    }
}

RACE_MAIN(body)
