/* istio_16224: the event handler reports on an unbuffered channel with the mutex held that main
 * locks before it listens; and a monitor that is told to stop waits for one more event.
 * Expected: deadlock, main in mutex lock and run_monitor in channel send; or a leak, run_monitor in
 * channel receive. Every schedule has one of them. */
#include "../support/bug.h"

static weft_mutex received;
static weft_chan *events;
static weft_chan *done;
static weft_chan *stop;

static void handler(void)
{
    weft_mutex_lock(&received);
#ifdef FIXED
    weft_mutex_unlock(&received);
    weft_chan_send(done, NULL);
#else
    weft_chan_send(done, NULL);
    weft_mutex_unlock(&received);
#endif
}

static void run_monitor(void *arg)
{
    (void)arg;
    weft_case cases[] = {WEFT_RECV(stop, NULL), WEFT_RECV(events, NULL)};
    while (weft_select(cases, 2) == 1) {
        handler();
    }
#ifndef FIXED
    if (weft_chan_recv(events, NULL)) {
        weft_chan_close(events);
    }
#endif
}

static void kernel(void *arg)
{
    (void)arg;
    events = weft_chan_make(0, 0);
    done = weft_chan_make(0, 0);
    stop = weft_chan_make(0, 0);
    weft_go(run_monitor, NULL);
    weft_chan_send(events, NULL);
    weft_mutex_lock(&received);
    weft_mutex_unlock(&received);
    weft_chan_recv(done, NULL);
    weft_chan_close(stop);
}

BUG_MAIN(kernel, DEADLOCK({"main", "mutex lock"}, {"run_monitor", "channel send"}),
         LEAK({"run_monitor", "channel receive"}))
