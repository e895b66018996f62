/* atomic_relaxed: a relaxed store publishes nothing; one that releases does. */
#include "support/race_program.h"

#include <stdatomic.h>

enum { PUBLISH = RACE_FIXED ? memory_order_release : memory_order_relaxed };

static atomic_int flag;
static int x;

static void writer(void *arg)
{
    (void)arg;
    x = 1; /* RACE */
    atomic_store_explicit(&flag, 1, PUBLISH);
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
