/* chan_looks_test.c: a channel looked at without its lock (chan.h, weft__chan_seen_idle), against
 * whoever changes it: "it would have had to wait" is right only if there was such a moment. */
#include <errno.h>

#include "support/stepped.h"

static weft_chan *ch;
static const uint64_t seven = 7;
static uint64_t received; /* by another goroutine */

static void send_seven(void *arg)
{
    (void)arg;
    weft_chan_send(ch, &seven);
}

static void recv_one(void *arg)
{
    (void)arg;
    (void)weft_chan_recv(ch, &received);
}

static void close_it(void *arg)
{
    (void)arg;
    weft_chan_close(ch);
}

static void close_and_drain(void *arg)
{
    (void)arg;
    weft_chan_close(ch);
    (void)weft_chan_recv(ch, &received);
}

static int try_recv(void)
{
    uint64_t value = 0;
    const int result = weft_chan_try_recv(ch, &value);
    WEFT_ASSERT(value == (result == 0 ? seven : 0));
    return result;
}

static int select_default(void)
{
    uint64_t value = 0;
    weft_case cases[] = {WEFT_RECV(ch, &value), WEFT_DEFAULT};
    if (weft_select(cases, 2) == 1) {
        return -EAGAIN;
    }
    WEFT_ASSERT(value == (cases[0].ok ? seven : 0));
    return cases[0].ok ? 0 : -EPIPE;
}

static void try_recv_against_send(size_t capacity)
{
    ch = weft_chan_make(sizeof seven, capacity);
    start(send_seven, NULL);
    if (try_recv() != 0) {
        uint64_t value = 0;
        WEFT_ASSERT(weft_chan_recv(ch, &value) && value == seven);
    }
    join();
    WEFT_ASSERT(try_recv() == -EAGAIN);
}

static void recv_from_buffer(void *arg)
{
    (void)arg;
    try_recv_against_send(1);
}

static void recv_from_sender(void *arg)
{
    (void)arg;
    try_recv_against_send(0);
}

/* Two look for one value: one gets it. */
static int results[2];

static void look_for_it(void *result)
{
    *(int *)result = try_recv();
}

static void two_for_one_value(void *arg)
{
    (void)arg;
    ch = weft_chan_make(sizeof seven, 1);
    weft_chan_send(ch, &seven);
    start(look_for_it, &results[0]);
    start(look_for_it, &results[1]);
    join();
    WEFT_ASSERT(results[0] + results[1] == -EAGAIN);
}

static void send_against_recv(void *arg)
{
    (void)arg;
    ch = weft_chan_make(sizeof seven, 1);
    weft_chan_send(ch, &seven);
    start(recv_one, NULL);
    const int result = weft_chan_try_send(ch, &seven);
    WEFT_ASSERT(result == 0 || result == -EAGAIN);
    join();
    WEFT_ASSERT(received == seven);
    WEFT_ASSERT(weft_chan_len(ch) == (result == 0 ? 1 : 0));
}

/* It holds a value until it is closed and drained: nobody has to wait at any moment. */
static void closed_then_drained(int (*look)(void))
{
    ch = weft_chan_make(sizeof seven, 1);
    weft_chan_send(ch, &seven);
    start(close_and_drain, NULL);
    const int result = look();
    WEFT_ASSERT(result == 0 || result == -EPIPE);
    join();
}

static void recv_of_drained(void *arg)
{
    (void)arg;
    closed_then_drained(try_recv);
}

static void select_of_drained(void *arg)
{
    (void)arg;
    closed_then_drained(select_default);
}

/* A receiver waits until the close: a sender panics, or is the one that serves it. */
static void try_send_it(void *arg)
{
    *(int *)arg = weft_chan_try_send(ch, &seven);
}

static void send_to_closing(void *arg)
{
    (void)arg;
    ch = weft_chan_make(sizeof seven, 0);
    start_parked(recv_one, NULL);
    start(close_it, NULL);
    int sent = 1;
    const bool panicked = weft_try(try_send_it, &sent, NULL) != 0;
    WEFT_ASSERT(panicked || sent == 0);
    join();
    WEFT_ASSERT(received == (panicked ? 0 : seven));
}

/* A sender waits until the close: who receives gets its value, or the end. */
static void send_or_panic(void *arg)
{
    (void)arg;
    (void)weft_try(send_seven, NULL, NULL);
}

static void recv_of_closing(void *arg)
{
    (void)arg;
    ch = weft_chan_make(sizeof seven, 0);
    start_parked(send_or_panic, NULL);
    start(close_it, NULL);
    const int result = try_recv();
    WEFT_ASSERT(result == 0 || result == -EPIPE);
    join();
}

RUN_SCENARIOS(SCENARIO(recv_from_buffer), SCENARIO(recv_from_sender), SCENARIO(two_for_one_value),
              SCENARIO(send_against_recv), SCENARIO(recv_of_drained), SCENARIO(select_of_drained),
              SCENARIO(send_to_closing), SCENARIO(recv_of_closing))
