/* rwmutex_two_readers: who unlocks a read lock does not come before who takes one afterwards;
 * fixed: the first takes the write lock. The relaxed flag sees to it that they come in this order.
 * TSan: cannot see, because the short lock within the rwmutex orders them. */
#include "support/race_program.h"

#include <stdatomic.h>

static weft_rwmutex rwmutex;
static atomic_int flag;
static int x;

static void writer(void *arg)
{
    (void)arg;
    x = 1; /* RACE */
    if (RACE_FIXED) {
        weft_rwmutex_lock(&rwmutex);
        weft_rwmutex_unlock(&rwmutex);
    } else {
        weft_rwmutex_rlock(&rwmutex);
        weft_rwmutex_runlock(&rwmutex);
    }
    atomic_store_explicit(&flag, 1, memory_order_relaxed);
}

static void body(void *arg)
{
    (void)arg;
    weft_go(writer, NULL);
    while (atomic_load_explicit(&flag, memory_order_relaxed) == 0) {
        weft_yield();
    }
    weft_rwmutex_rlock(&rwmutex);
    weft_rwmutex_runlock(&rwmutex);
    opaque_use(x); /* RACE */
}

RACE_MAIN(body)
