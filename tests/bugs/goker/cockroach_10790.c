/* cockroach_10790: begin_cmds waits for the earlier commands of its key, and when it is cancelled
 * leaves it to a drain goroutine to receive from them all. What was cancelled as well does not
 * send.
 * Expected: leak, drain in channel receive (one or two of them). */
#include "../support/bug.h"

BUG_COUNT(COMMANDS, 2);

static weft_chan *commands[COMMANDS_MAX];
static weft_context *context;

static void sender(void *arg)
{
    (void)arg;
    for (int i = 0; i < COMMANDS; i++) {
        weft_case cases[] = {
            WEFT_SEND(commands[i], NULL),
            WEFT_RECV(weft_context_done(context), NULL),
        };
        if (weft_select(cases, 2) == 1) {
            return;
        }
    }
}

static void drain(void *arg)
{
    (void)arg;
    for (int i = 0; i < COMMANDS; i++) {
#ifdef FIXED
        weft_case cases[] = {
            WEFT_RECV(commands[i], NULL),
            WEFT_RECV(weft_context_done(context), NULL),
        };
        weft_select(cases, 2);
#else
        weft_chan_recv(commands[i], NULL);
#endif
    }
}

static void begin_cmds(void *arg)
{
    (void)arg;
    for (int i = 0; i < COMMANDS; i++) {
        weft_case cases[] = {
            WEFT_RECV(commands[i], NULL),
            WEFT_RECV(weft_context_done(context), NULL),
        };
        if (weft_select(cases, 2) == 1) {
            weft_go(drain, NULL);
        }
    }
}

static void canceller(void *arg)
{
    (void)arg;
    weft_context_cancel(context);
}

static void kernel(void *arg)
{
    (void)arg;
    for (int i = 0; i < COMMANDS; i++) {
        commands[i] = weft_chan_make(0, 0);
    }
    context = weft_context_with_cancel(NULL);
    weft_go(sender, NULL);
    weft_go(begin_cmds, NULL);
    weft_go(canceller, NULL);
}

BUG_MAIN(kernel, LEAK({"drain", "channel receive"}),
         LEAK({"drain", "channel receive"}, {"drain", "channel receive"}))
