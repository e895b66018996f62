/* moby_18412: a command that times out is killed and its output returned, although the goroutines
 * that collect the output and the exit code are still at it. Nobody receives what they report.
 * Expected: leak, waiter in channel send. (Also data races on output and exit_code.) */
#include "../support/bug.h"

BUG_COUNT(LINES, 2);

static int output[LINES_MAX];
static int exit_code;
static weft_chan *copied;
static weft_chan *done;

static void copier(void *arg)
{
    (void)arg;
    for (int i = 0; i < LINES; i++) {
        WEFT_WRITE(output[i], i + 1);
    }
    weft_chan_close(copied);
}

static void waiter(void *arg)
{
    (void)arg;
    weft_chan_recv(copied, NULL);
    WEFT_WRITE(exit_code, 1);
    weft_chan_send(done, NULL);
}

static int run_command_with_timeout(void)
{
    weft_go(copier, NULL);
    weft_go(waiter, NULL);
    weft_case cases[] = {
        WEFT_RECV(weft_after(WEFT_MILLISECOND), NULL),
        WEFT_RECV(done, NULL),
    };
    if (weft_select(cases, 2) == 0) { /* kill the command, whose output then ends */
#ifdef FIXED
        weft_chan_recv(done, NULL);
#endif
    }
    int sum = 0;
    for (int i = 0; i < LINES; i++) {
        sum += WEFT_READ(output[i]);
    }
    return sum + WEFT_READ(exit_code);
}

static void kernel(void *arg)
{
    (void)arg;
    copied = weft_chan_make(0, 0);
    done = weft_chan_make(0, 0);
    const int sum = run_command_with_timeout();
    opaque_use(sum);
    if (BUG_FIXED) {
        WEFT_ASSERT(sum == LINES * (LINES + 1) / 2 + 1);
    }
}

BUG_MAIN(kernel, LEAK({"waiter", "channel send"}), RACE("copier", "main"), RACE("waiter", "main"))
