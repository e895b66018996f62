/* kubernetes_89164: a buffer is emptied under a lock and then read without it, by goroutines of
 * which one is never waited for.
 * Expected: a data race of g0 and gi on buffer; see RACE in bug.h. */
#include "../support/bug.h"

BUG_COUNT(ROUNDS, 3);

typedef struct slice {
    const int *items;
    size_t count;
} slice;

static const int items[] = {1};
static slice buffer = {items, 1};
static weft_rwmutex mutex;
static weft_waitgroup round_ended;

static void read_buffer(void)
{
    const slice events = WEFT_READ(buffer);
    for (size_t i = 0; i < events.count; i++) {
        WEFT_ASSERT(events.items[i] == 1);
    }
}

static void dispatch(void)
{
    const slice empty = {items, 0};
    weft_rwmutex_lock(&mutex);
    WEFT_WRITE(buffer, empty);
    if (BUG_FIXED) {
        read_buffer();
    }
    weft_rwmutex_unlock(&mutex);
    if (!BUG_FIXED) {
        read_buffer();
    }
}

static void g0(void *arg)
{
    (void)arg;
    dispatch();
}

static void gi(void *arg)
{
    (void)arg;
    dispatch();
    weft_waitgroup_done(&round_ended);
}

static void kernel(void *arg)
{
    (void)arg;
    weft_go(g0, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        weft_waitgroup_add(&round_ended, 1);
        weft_go(gi, NULL);
        weft_waitgroup_wait(&round_ended);
    }
}

BUG_MAIN(kernel, RACE("g0", "gi"))
