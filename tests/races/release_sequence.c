/* release_sequence: another goroutine's read-modify-write goes on with the sequence that a release
 * heads, its plain store ends it.
 * TSan: cannot see, because a relaxed store leaves it the clock of the release before. */
#include "support/race_program.h"

#include <stdatomic.h>

static atomic_int flag;
static int x;

static void writer(void *arg)
{
    (void)arg;
    x = 1; /* RACE */
    atomic_store_explicit(&flag, 1, memory_order_release);
}

static void relay(void *arg)
{
    (void)arg;
    while (atomic_load_explicit(&flag, memory_order_relaxed) == 0) {
        weft_yield();
    }
    if (RACE_FIXED) {
        atomic_fetch_add_explicit(&flag, 1, memory_order_relaxed);
    } else {
        atomic_store_explicit(&flag, 2, memory_order_relaxed);
    }
}

static void body(void *arg)
{
    (void)arg;
    weft_go(writer, NULL);
    weft_go(relay, NULL);
    while (atomic_load_explicit(&flag, memory_order_acquire) < 2) {
        weft_yield();
    }
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
