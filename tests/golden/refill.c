/* refill.c: whether the cache is filled is looked up under its lock, and it is filled under its
 * lock, but the lock is given back in between: both workers fill it. report.sh prints its report:
 * a failed assertion. */
#include <weft.h>

static weft_mutex cache;
static bool is_filled;
static int fills;
static weft_waitgroup ended;

static void fetch(void *arg)
{
    (void)arg;
    weft_mutex_lock(&cache);
    const bool missing = !is_filled;
    weft_mutex_unlock(&cache);
    if (missing) {
        weft_mutex_lock(&cache);
        is_filled = true;
        fills++;
        weft_mutex_unlock(&cache);
    }
    weft_waitgroup_done(&ended);
}

static void serve(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&ended, 2);
    weft_go(fetch, NULL);
    weft_go(fetch, NULL);
    weft_waitgroup_wait(&ended);
    WEFT_ASSERT(fills == 1);
}

int main(void)
{
    return weft_run(serve, NULL) == 0 ? 0 : 1;
}
