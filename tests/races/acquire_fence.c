/* acquire_fence: a relaxed load sees the flag, but only with a fence after it what was written
 * before the flag.
 * TSan: false alarm, because it does not know fences. */
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

static void body(void *arg)
{
    (void)arg;
    weft_go(writer, NULL);
    while (atomic_load_explicit(&flag, memory_order_relaxed) == 0) {
        weft_yield();
    }
    if (RACE_FIXED) {
        atomic_thread_fence(memory_order_acquire);
    }
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
