/* park_test.c: park versus ready. The commit, which drops the locks that keep wakers away, runs
 * elsewhere: the goroutine may be made ready, run on and leave its frame while it does. */
#include <errno.h>

#include "support/stepped.h"

static weft_chan *left, *right;
static weft_mutex mutex;
static const uint64_t one = 1;
static uint64_t got;
static int number;

/* Use the stack that frames have left behind: what still reads them is a race. */
static __attribute__((noinline)) void reuse_stack(void)
{
    volatile uint64_t frames[200];
    __asm__ volatile("" : : "r"(frames) : "memory"); /* or compilers watch no variable of ours */
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        frames[i] = i;
    }
}

static void begin_parks(void)
{
    stepped_commit_mode = COMMITS_ELSEWHERE;
    left = weft_chan_make(sizeof one, 0);
    right = weft_chan_make(sizeof one, 0);
}

static void send_left(void *arg)
{
    (void)arg;
    weft_chan_send(left, &one);
    reuse_stack();
}

static void recv_left(void *arg)
{
    (void)arg;
    WEFT_ASSERT(weft_chan_recv(left, &got));
    reuse_stack();
}

static void send_and_recv(void *arg)
{
    (void)arg;
    begin_parks();
    start(send_left, NULL);
    start(recv_left, NULL);
    join();
    WEFT_ASSERT(got == one);
}

static void recv_either(void *arg)
{
    (void)arg;
    weft_case cases[] = {WEFT_RECV(left, &got), WEFT_RECV(right, &got)};
    (void)weft_select(cases, 2);
    reuse_stack();
}

static void select_and_sender(void *arg)
{
    (void)arg;
    begin_parks();
    start(recv_either, NULL);
    start(send_left, NULL);
    join();
    WEFT_ASSERT(got == one);
}

static void recv_until(void *arg)
{
    (void)arg;
    const int result = weft_chan_recv_until(left, &got, weft_now() + 1);
    WEFT_ASSERT(result == (got == one ? 0 : -ETIMEDOUT));
    reuse_stack();
}

static void try_send_left(void *arg)
{
    (void)arg;
    (void)weft_chan_try_send(left, &one);
}

static void deadline_and_sender(void *arg)
{
    (void)arg;
    begin_parks();
    start(recv_until, NULL);
    start(try_send_left, NULL);
    join();
}

static void sleep_a_little(void *arg)
{
    (void)arg;
    weft_sleep(1);
    reuse_stack();
}

static void sleeper(void *arg)
{
    (void)arg;
    begin_parks();
    start(sleep_a_little, NULL);
    join();
}

static void count_locked(void *arg)
{
    (void)arg;
    weft_mutex_lock(&mutex);
    number++;
    weft_mutex_unlock(&mutex);
    reuse_stack();
}

static void mutex_of_two(void *arg)
{
    (void)arg;
    begin_parks();
    start(count_locked, NULL);
    start(count_locked, NULL);
    join();
    WEFT_ASSERT(number == 2);
}

RUN_SCENARIOS(SCENARIO(send_and_recv), SCENARIO(select_and_sender), SCENARIO(deadline_and_sender),
              SCENARIO(sleeper), SCENARIO(mutex_of_two))
