/* cas_failure: a compare-and-swap that fails has the order that was given for failure. */
#include "support/race_program.h"

#include <stdatomic.h>

enum { FAILURE = RACE_FIXED ? memory_order_acquire : memory_order_relaxed };

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
    int seen = 0;
    while (
        atomic_compare_exchange_strong_explicit(&flag, &seen, 0, memory_order_acquire, FAILURE)) {
        weft_yield();
    }
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
