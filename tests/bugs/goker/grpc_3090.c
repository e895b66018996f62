/* grpc_3090: building a resolver starts a goroutine that uses it, but the resolver is assigned only
 * when it has been built, and without the mutex under which it is used.
 * Expected: crash, r uses a NULL resolver. (Also a data race of d and r on the pointer.) */
#include "../support/bug.h"

typedef struct resolver {
    int calls;
} resolver;

static struct {
    weft_mutex mutex;
    resolver *resolver;
} wrapper;
static weft_waitgroup driver;

static void r(void *arg)
{
    (void)arg;
    weft_mutex_lock(&wrapper.mutex);
    resolver *const used = WEFT_READ(wrapper.resolver);
    used->calls++;
    weft_mutex_unlock(&wrapper.mutex);
}

static resolver *build(void)
{
    static resolver built;
    if (!BUG_FIXED) {
        weft_mutex_lock(&wrapper.mutex);
    }
    weft_go(r, NULL);
    if (!BUG_FIXED) {
        weft_mutex_unlock(&wrapper.mutex);
    }
    return &built;
}

static void d(void *arg)
{
    (void)arg;
    bug_lock(&wrapper.mutex);
    resolver *const built = build();
    WEFT_WRITE(wrapper.resolver, built);
    bug_unlock(&wrapper.mutex);
    weft_sleep(5 * WEFT_MILLISECOND);
    weft_waitgroup_done(&driver);
}

static void kernel(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&driver, 1);
    weft_go(d, NULL);
    weft_waitgroup_wait(&driver);
}

BUG_MAIN(kernel, CRASH("r"), RACE("d", "r"))
