/* flag_spin_lock: a lock made of an atomic_flag must release when it is cleared. */
#include "support/race_program.h"

#include <stdatomic.h>

enum { LEAVE = RACE_FIXED ? memory_order_release : memory_order_relaxed };

static atomic_flag held = ATOMIC_FLAG_INIT;
static int x;

static void worker(void *arg)
{
    (void)arg;
    while (atomic_flag_test_and_set_explicit(&held, memory_order_acquire)) {
        weft_yield();
    }
    x++; /* RACE */
    atomic_flag_clear_explicit(&held, LEAVE);
}

static void body(void *arg)
{
    (void)arg;
    weft_go(worker, NULL);
    weft_go(worker, NULL);
}

RACE_MAIN(body)
