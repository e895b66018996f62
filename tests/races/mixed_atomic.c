/* mixed_atomic: an atomic store and a plain read of one variable race. */
#include "support/race_program.h"

static int x;

static void writer(void *arg)
{
    (void)arg;
    __atomic_store_n(&x, 1, __ATOMIC_SEQ_CST); /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    weft_go(writer, NULL);
    if (RACE_FIXED) {
        opaque_use(__atomic_load_n(&x, __ATOMIC_SEQ_CST));
    } else {
        opaque_use(x); /* RACE */
    }
}

RACE_MAIN(body)
