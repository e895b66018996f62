/* release_fence: a fence makes the relaxed store after it publish what was written before it.
 * TSan: false alarm, because it does not know fences. */
#include "support/race_program.h"

#include <stdatomic.h>

static atomic_int flag;
static int x;

static void writer(void *arg)
{
    (void)arg;
    x = 1; /* RACE */
    if (RACE_FIXED) {
        atomic_thread_fence(memory_order_release);
    }
    atomic_store_explicit(&flag, 1, memory_order_relaxed);
}

static void body(void *arg)
{
    (void)arg;
    weft_go(writer, NULL);
    while (atomic_load_explicit(&flag, memory_order_acquire) == 0) {
        weft_yield();
    }
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
