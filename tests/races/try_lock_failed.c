/* try_lock_failed: one that failed comes after nothing, not even after earlier unlocks; fixed: main
 * locks. The relaxed flag sees to it that it fails.
 * TSan: cannot see, because the short lock within the mutex orders them. */
#include "support/race_program.h"

#include <stdatomic.h>

static weft_mutex mutex;
static atomic_int flag;
static int x;

static void wait_for(int value)
{
    while (atomic_load_explicit(&flag, memory_order_relaxed) != value) {
        weft_yield();
    }
}

static void holder(void *arg)
{
    (void)arg;
    x = 1; /* RACE */
    weft_mutex_lock(&mutex);
    weft_mutex_unlock(&mutex);
    weft_mutex_lock(&mutex);
    atomic_store_explicit(&flag, 1, memory_order_relaxed);
    wait_for(2);
    weft_mutex_unlock(&mutex);
}

static void body(void *arg)
{
    (void)arg;
    weft_go(holder, NULL);
    wait_for(1);
    (void)weft_mutex_try_lock(&mutex);
    if (RACE_FIXED) {
        atomic_store_explicit(&flag, 2, memory_order_relaxed);
        weft_mutex_lock(&mutex);
    }
    opaque_use(x); /* RACE */
    atomic_store_explicit(&flag, 2, memory_order_relaxed);
}

RACE_MAIN(body)
