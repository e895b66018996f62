/* etcd_10492: renew calls the checkpoint callback with the lessor's lock held, and the callback
 * takes that lock. One goroutine is enough.
 * Expected: deadlock, main in rwmutex lock. */
#include "../support/bug.h"

static weft_rwmutex lessor;
static void (*checkpointer)(void);

static void checkpoint(void)
{
    weft_rwmutex_lock(&lessor);
    weft_rwmutex_unlock(&lessor);
}

static void set_checkpointer(void (*callback)(void))
{
    weft_rwmutex_lock(&lessor);
    checkpointer = callback;
    weft_rwmutex_unlock(&lessor);
}

static void renew(void)
{
    weft_rwmutex_lock(&lessor);
    void (*const callback)(void) = checkpointer;
#ifdef FIXED
    weft_rwmutex_unlock(&lessor);
    if (callback != NULL) {
        callback();
    }
#else
    if (callback != NULL) {
        callback();
    }
    weft_rwmutex_unlock(&lessor);
#endif
}

static void kernel(void *arg)
{
    (void)arg;
    set_checkpointer(checkpoint);
    weft_rwmutex_lock(&lessor);
    weft_rwmutex_unlock(&lessor);
    renew();
}

BUG_MAIN(kernel, DEADLOCK({"main", "rwmutex lock"}))
