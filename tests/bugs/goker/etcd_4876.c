/* etcd_4876: a test changes the interval of a ticker that a goroutine of the server makes.
 * Expected: a data race of a and s on interval_ns; see RACE in bug.h. */
#include "../support/bug.h"

static int64_t interval_ns = WEFT_SECOND;
static weft_mutex mutex; /* only the fixed form has it */
static weft_waitgroup all;

static void a(void *arg)
{
    (void)arg;
    bug_lock(&mutex);
    WEFT_WRITE(interval_ns, 3 * WEFT_SECOND);
    bug_unlock(&mutex);
    weft_waitgroup_done(&all);
}

static void s(void *arg)
{
    (void)arg;
    bug_lock(&mutex);
    const int64_t period_ns = WEFT_READ(interval_ns);
    bug_unlock(&mutex);
    weft_ticker_release(weft_ticker_make(period_ns));
}

static void b(void *arg)
{
    (void)arg;
    weft_go(s, NULL);
    weft_waitgroup_done(&all);
}

static void o(void *arg)
{
    (void)arg;
    weft_go(a, NULL);
    weft_go(b, NULL);
    weft_waitgroup_done(&all);
}

static void kernel(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&all, 3);
    weft_go(o, NULL);
    weft_waitgroup_wait(&all);
}

BUG_MAIN(kernel, RACE("a", "s"))
