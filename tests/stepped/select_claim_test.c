/* select_claim_test.c: one goroutine that waits at several places, and those who compete for it
 * (select.c, wait.c): exactly one of them gets it, and the others lose nothing. */
#include <errno.h>

#include "support/stepped.h"

static weft_chan *left, *right;
static const uint64_t one = 1, two = 2;
static uint64_t got[2];
static size_t chosen[2];

static void make_channels(void)
{
    left = weft_chan_make(sizeof one, 0);
    right = weft_chan_make(sizeof one, 0);
}

/* ---- Two selects that match each other in two ways ---- */

static void send_left_or_recv(void *arg)
{
    (void)arg;
    weft_case cases[] = {WEFT_SEND(left, &one), WEFT_RECV(right, &got[0])};
    chosen[0] = weft_select(cases, 2);
}

static void recv_left_or_send(void *arg)
{
    (void)arg;
    weft_case cases[] = {WEFT_RECV(left, &got[1]), WEFT_SEND(right, &two)};
    chosen[1] = weft_select(cases, 2);
}

static void two_selects(void *arg)
{
    (void)arg;
    make_channels();
    start(send_left_or_recv, NULL);
    start(recv_left_or_send, NULL);
    join();
    WEFT_ASSERT(chosen[0] == chosen[1]);
    WEFT_ASSERT(chosen[0] == 0 ? got[1] == one && got[0] == 0 : got[0] == two && got[1] == 0);
}

/* ---- One select and two that want it ---- */

static int sent[2];

static void recv_either(void *arg)
{
    (void)arg;
    weft_case cases[] = {WEFT_RECV(left, &got[0]), WEFT_RECV(right, &got[1])};
    chosen[0] = weft_select(cases, 2);
    WEFT_ASSERT(cases[chosen[0]].ok && !cases[1 - chosen[0]].ok);
}

static void try_send_left(void *arg)
{
    (void)arg;
    sent[0] = weft_chan_try_send(left, &one);
}

static void try_send_right(void *arg)
{
    (void)arg;
    sent[1] = weft_chan_try_send(right, &two);
}

static void two_senders(void *arg)
{
    (void)arg;
    make_channels();
    start_parked(recv_either, NULL);
    start(try_send_left, NULL);
    start(try_send_right, NULL);
    join();
    WEFT_ASSERT(sent[0] + sent[1] == -EAGAIN && sent[chosen[0]] == 0);
    WEFT_ASSERT(got[chosen[0]] == chosen[0] + 1 && got[1 - chosen[0]] == 0);
}

/* ---- A select, a close and a receiver ---- */

static bool closed_it;

static void recv_left_or_send_right(void *arg)
{
    (void)arg;
    weft_case cases[] = {WEFT_RECV(left, &got[0]), WEFT_SEND(right, &two)};
    chosen[0] = weft_select(cases, 2);
    closed_it = chosen[0] == 0 && !cases[0].ok;
}

static void close_left(void *arg)
{
    (void)arg;
    weft_chan_close(left);
}

static void try_recv_right(void *result)
{
    *(int *)result = weft_chan_try_recv(right, &got[1]);
}

static void close_and_receiver(void *arg)
{
    (void)arg;
    int result = 1;
    make_channels();
    start_parked(recv_left_or_send_right, NULL);
    start(close_left, NULL);
    start(try_recv_right, &result);
    join();
    WEFT_ASSERT(closed_it ? result == -EAGAIN : chosen[0] == 1 && result == 0 && got[1] == two);
}

/* ---- A deadline and a sender ---- */

static int received;

static void recv_until(void *arg)
{
    (void)arg;
    received = weft_chan_recv_until(left, &got[0], weft_now() + 1);
}

static void deadline_and_sender(void *arg)
{
    (void)arg;
    make_channels();
    start(recv_until, NULL);
    start(try_send_left, NULL);
    join();
    WEFT_ASSERT(received == (sent[0] == 0 ? 0 : -ETIMEDOUT));
    WEFT_ASSERT(got[0] == (sent[0] == 0 ? one : 0));
}

RUN_SCENARIOS(SCENARIO(two_selects), SCENARIO(two_senders), SCENARIO(close_and_receiver),
              SCENARIO(deadline_and_sender))
