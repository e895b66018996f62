/* double_close.c: who finds a stream that is being closed looks again, and closes it itself if the
 * other has stopped half-way, which it cannot tell from being about to close. Input makes one of
 * them orderly and the other one impatient. */
#include "look.h"

enum { CLOSED, OPEN, CLOSING };

static weft_chan *stream;
static int state;
static uint8_t orders[2][2];

static void handle(void *arg)
{
    const uint8_t *const order = arg;
    if (order[0] != 'q') {
        return;
    }
    int seen = OPEN;
    WEFT_UPDATE(state, (seen = state) == OPEN ? CLOSING : state);
    if (seen == OPEN) {
        WEFT_WRITE(state, CLOSED);
        weft_chan_close(stream);
    } else if (seen == CLOSING && order[1] == '!' && look(&state) == CLOSED) {
        weft_chan_close(stream);
    }
}

static void target(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < 4; i++) {
        orders[i / 2][i % 2] = i < size ? data[i] : 0;
    }
    state = OPEN;
    stream = weft_chan_make(sizeof(int), 2);
    weft_go(handle, orders[0]);
    weft_go(handle, orders[1]);
}

WEFT_FUZZ(target)
