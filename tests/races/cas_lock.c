/* cas_lock: a lock that is taken by a compare-and-swap must acquire. */
#include "support/race_program.h"

#include <stdatomic.h>

enum { TAKE = RACE_FIXED ? memory_order_acquire : memory_order_relaxed };

static atomic_int held;
static int x;

static void worker(void *arg)
{
    (void)arg;
    int expected = 0;
    while (
        !atomic_compare_exchange_strong_explicit(&held, &expected, 1, TAKE, memory_order_relaxed)) {
        expected = 0;
        weft_yield();
    }
    x++; /* RACE */
    atomic_store_explicit(&held, 0, memory_order_release);
}

static void body(void *arg)
{
    (void)arg;
    weft_go(worker, NULL);
    weft_go(worker, NULL);
}

RACE_MAIN(body)
