/* cockroach_2448: g1 handles events, and the callback of an event offers a callback to g2; g2 runs
 * callbacks, and when there is none offers an event to g1. Each waits for the other to receive.
 * Expected: leak, g1 and g2 in select. In the original no one ever closes done, and runs without
 * the deadlock never end: here g2 closes it after some rounds. */
#include "../support/bug.h"

BUG_COUNT(ROUNDS, 4);

static weft_chan *events;    /* of weft_fn *: called by g1 */
static weft_chan *callbacks; /* of weft_fn *: called by g2 */
static weft_chan *done;

static void in_g2(void *arg)
{
    (void)arg;
    weft_sleep(1);
}

static void in_g1(void *arg)
{
    (void)arg;
    weft_fn *callback = in_g2;
    weft_case cases[] = {WEFT_SEND(callbacks, &callback), WEFT_RECV(done, NULL)};
    weft_select(cases, 2);
}

static void g1(void *arg)
{
    (void)arg;
    weft_fn *event = NULL;
    weft_case cases[] = {WEFT_RECV(events, &event), WEFT_RECV(done, NULL)};
    while (weft_select(cases, 2) == 0) {
        event(NULL);
    }
}

static void offer_event(void)
{
    weft_fn *event = in_g1;
    weft_fn *callback = NULL;
    weft_case cases[] = {
        WEFT_SEND(events, &event),
        WEFT_RECV(done, NULL),
        WEFT_RECV(callbacks, &callback),
    };
    if (weft_select(cases, BUG_FIXED ? 3 : 2) == 2) {
        callback(NULL);
    }
}

static void g2(void *arg)
{
    (void)arg;
    for (int round = 0; round < ROUNDS; round++) {
        weft_fn *callback = NULL;
        weft_case cases[] = {WEFT_RECV(done, NULL), WEFT_RECV(callbacks, &callback), WEFT_DEFAULT};
        const size_t chosen = weft_select(cases, 3);
        if (chosen == 1) {
            callback(NULL);
        } else if (chosen == 2) {
            offer_event();
        }
    }
    weft_chan_close(done);
}

static void kernel(void *arg)
{
    (void)arg;
    events = weft_chan_make(sizeof(weft_fn *), 0);
    callbacks = weft_chan_make(sizeof(weft_fn *), 0);
    done = weft_chan_make(0, 0);
    weft_go(g1, NULL);
    weft_go(g2, NULL);
}

BUG_MAIN(kernel, LEAK({"g1", "select"}, {"g2", "select"}))
