/* kubernetes_13135: g2 locks the cacher and then the watch cache, whose replace callback unlocks
 * the cacher; g3 locks the watch cache and then, in its event callback, the cacher. In a later
 * round of g2 the two wait for each other.
 * Expected: leak, g2 in rwmutex lock and g3 in mutex lock. */
#include "../support/bug.h"

static weft_mutex cacher;
static weft_rwmutex watch_cache; /* only its write side is used */
static void (*on_replace)(void);
static void (*on_event)(void);
static weft_waitgroup initialised;
static weft_once usable;
static weft_chan *stop;

static void note_initialised(void *arg)
{
    (void)arg;
    weft_waitgroup_done(&initialised);
}

static void replaced(void)
{
    weft_once_do(&usable, note_initialised, NULL);
    weft_mutex_unlock(&cacher);
}

static void happened(void)
{
    weft_mutex_lock(&cacher);
    weft_mutex_unlock(&cacher);
}

static bool stopped(void)
{
    weft_case cases[] = {WEFT_RECV(stop, NULL), WEFT_DEFAULT};
    return weft_select(cases, 2) == 0;
}

static void g2(void *arg)
{
    (void)arg;
    while (!stopped()) {
#ifdef FIXED
        weft_rwmutex_lock(&watch_cache);
        weft_mutex_lock(&cacher);
#else
        weft_mutex_lock(&cacher);
        weft_rwmutex_lock(&watch_cache);
#endif
        on_replace();
        weft_rwmutex_unlock(&watch_cache);
        weft_sleep(0);
    }
}

static void g3(void *arg)
{
    (void)arg;
    weft_rwmutex_lock(&watch_cache);
    on_event();
    weft_rwmutex_unlock(&watch_cache);
}

static void g4(void *arg)
{
    (void)arg;
    weft_chan_close(stop);
}

static void kernel(void *arg)
{
    (void)arg;
    stop = weft_chan_make(0, 0);
    weft_waitgroup_add(&initialised, 1);
    weft_rwmutex_lock(&watch_cache);
    on_replace = replaced;
    on_event = happened;
    weft_rwmutex_unlock(&watch_cache);
    weft_go(g2, NULL);
    weft_waitgroup_wait(&initialised);
    weft_go(g3, NULL);
    weft_go(g4, NULL);
}

BUG_MAIN(kernel, LEAK({"g2", "rwmutex lock"}, {"g3", "mutex lock"}))
