/* ticker_ticks: as timer_reset, with a ticker. */
#include "support/race_program.h"

static weft_ticker *ticker;
static int x;

static void waiter(void *arg)
{
    (void)arg;
    weft_chan_recv(weft_ticker_chan(ticker), NULL);
    opaque_use(x); /* RACE */
    weft_ticker_stop(ticker);
}

static void body(void *arg)
{
    (void)arg;
    ticker = weft_ticker_make(3600 * WEFT_SECOND);
    weft_ticker_stop(ticker);
    weft_go(waiter, NULL);
    if (RACE_FIXED) {
        x = 1;
    }
    weft_ticker_reset(ticker, WEFT_MICROSECOND);
    race_pause();
    if (!RACE_FIXED) {
        x = 2; /* RACE */
    }
}

RACE_MAIN(body)
