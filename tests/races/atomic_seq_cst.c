/* atomic_seq_cst: each says that it wants in and looks whether the other one does. Sequentially
 * consistent operations also order those who come in one after the other, relaxed ones do not. */
#include "support/race_program.h"

#include <stdatomic.h>

enum { ORDER = RACE_FIXED ? memory_order_seq_cst : memory_order_relaxed };

static atomic_int wants[2];
static const int indices[2] = {0, 1};
static int x;

static void worker(void *arg)
{
    const int me = *(const int *)arg;
    atomic_store_explicit(&wants[me], 1, ORDER);
    if (atomic_load_explicit(&wants[1 - me], ORDER) == 0) {
        x++; /* RACE */
    }
    atomic_store_explicit(&wants[me], 0, ORDER);
}

static void body(void *arg)
{
    (void)arg;
    weft_go(worker, (void *)(uintptr_t)&indices[0]);
    weft_go(worker, (void *)(uintptr_t)&indices[1]);
}

RACE_MAIN(body)
