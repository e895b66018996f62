/* double_checked: the first look, without the lock, must be an atomic load, and the write under the
 * lock an atomic store. */
#include "support/race_program.h"

static weft_mutex mutex;
static int instance;

static int first_look(void)
{
#ifdef FIXED
    return __atomic_load_n(&instance, __ATOMIC_ACQUIRE);
#else
    return instance; /* RACE */
#endif
}

static void make(void)
{
#ifdef FIXED
    __atomic_store_n(&instance, 1, __ATOMIC_RELEASE);
#else
    instance = 2;    /* RACE */
#endif
}

static void user(void *arg)
{
    (void)arg;
    if (first_look() == 0) {
        weft_mutex_lock(&mutex);
        if (instance == 0) {
            make();
        }
        weft_mutex_unlock(&mutex);
    }
}

static void body(void *arg)
{
    (void)arg;
    weft_go(user, NULL);
    weft_go(user, NULL);
}

RACE_MAIN(body)
