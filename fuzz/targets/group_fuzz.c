/* group_fuzz.c: a group whose functions return errors, or wait for its context; with a limit, by go
 * and try_go, twice.
 *
 * Input: limit, whether there is a context; then what is started, and what it returns. What must
 * hold, whatever the schedule:
 *   - each function that was started runs once, at most `limit` at a time;
 *   - try_go is refused only where the limit may be reached;
 *   - wait returns after all of them, with what the first to fail returned;
 *   - the context is cancelled once one has failed, and no earlier than that, or wait. */
#include <weft/fuzz.h>

#include <errno.h>

#include "input.h"

enum { FUNCTIONS = 6, ROUNDS = 2 };

static struct {
    weft_group group;
    weft_context *context; /* NULL: none */
    uint32_t limit;        /* 0: none */
    uint32_t running;
    uint32_t started;
    uint32_t ended;
    int first; /* error */
} t;

typedef struct part {
    uint8_t what;
    bool runs;
} part;

static part parts[FUNCTIONS];

static void wait_for_failure(void)
{
    const bool will_be = t.first != 0 && t.context != NULL;
    const int64_t deadline_ns = will_be ? WEFT_NEVER : weft_now() + WEFT_SECOND;
    const int status = weft_chan_recv_until(weft_context_done(t.context), NULL, deadline_ns);
    WEFT_ASSERT(status == -ETIMEDOUT || (status == -EPIPE && t.first != 0));
}

static int work(void *arg)
{
    part *const p = arg;
    WEFT_ASSERT(!p->runs);
    p->runs = true;
    t.running++;
    WEFT_ASSERT(t.limit == 0 || t.running <= t.limit);
    for (int i = p->what & 3; i > 0; i--) {
        weft_yield();
    }
    if ((p->what & 4) != 0) {
        wait_for_failure();
    }
    WEFT_ASSERT(weft_context_err(t.context) == 0 || t.first != 0);
    const int error = (p->what & 8) != 0 ? -(1 + p->what / 16) : 0;
    t.running--;
    t.ended++;
    t.first = t.first == 0 ? error : t.first;
    return error;
}

static void start(part *p, uint8_t what)
{
    *p = (part){.what = what};
    if ((what & 16) != 0) {
        WEFT_ASSERT(weft_group_go(&t.group, work, p) == 0);
        t.started++;
    } else if (weft_group_try_go(&t.group, work, p) == 0) {
        t.started++;
    } else {
        WEFT_ASSERT(t.limit != 0 && t.started >= t.limit);
        WEFT_ASSERT(!p->runs);
    }
}

static void do_round(input *in)
{
    const uint8_t how = input_byte(in);
    t.limit = how & 3;
    t.started = 0;
    t.ended = 0;
    t.first = 0;
    t.context = (how & 4) == 0 ? weft_group_with_context(&t.group, NULL) : NULL;
    weft_group_limit(&t.group, t.limit);
    for (int i = 0; i < FUNCTIONS && !input_ends(in); i++) {
        start(&parts[i], input_byte(in));
    }
    WEFT_ASSERT(weft_context_err(t.context) == 0 || t.first != 0);
    weft_chan *const done = weft_chan_retain(weft_context_done(t.context));
    const int first = weft_group_wait(&t.group);
    WEFT_ASSERT(t.ended == t.started);
    WEFT_ASSERT(first == t.first);
    WEFT_ASSERT(done == NULL || weft_chan_try_recv(done, NULL) == -EPIPE);
    weft_chan_release(done);
}

static void target(const uint8_t *data, size_t size)
{
    input in = input_of(data, size);
    t = (__typeof__(t)){.limit = 0};
    for (int round = 0; round < ROUNDS; round++) {
        do_round(&in);
    }
}

WEFT_FUZZ(target)
