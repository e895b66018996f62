/* racy_publish.c: a result that is published by a flag, relaxed; with FIXED=1 in the environment as
 * it should be. Instrumented. */
#include <weft.h>

#include <stdatomic.h>
#include <stdlib.h>

static bool fixed;
static int *result;
static atomic_bool published;
static weft_waitgroup ended;

static void compute(void *arg)
{
    (void)arg;
    result = malloc(sizeof *result);
    *result = 42;
    atomic_store_explicit(&published, true, fixed ? memory_order_release : memory_order_relaxed);
    weft_waitgroup_done(&ended);
}

static void look(void *arg)
{
    (void)arg;
    if (atomic_load_explicit(&published, fixed ? memory_order_acquire : memory_order_relaxed)) {
        WEFT_ASSERT(*result == 42);
    }
    weft_waitgroup_done(&ended);
}

static void publish(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&ended, 2);
    weft_go(compute, NULL);
    weft_go(look, NULL);
    weft_waitgroup_wait(&ended);
    free(result);
}

int main(void)
{
    fixed = getenv("FIXED") != NULL;
    return weft_run(publish, NULL) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
