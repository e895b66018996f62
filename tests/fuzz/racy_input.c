/* racy_input.c: a fuzz target with a data race that takes an input, "RAC". With -DPLAIN accesses
 * are plain, for weft::instrument; else they are announced. */
#include <weft/fuzz.h>

#ifdef PLAIN
#define ADD_ONE(variable) ((void)(variable)++)
#else
#define ADD_ONE(variable) WEFT_WRITE(variable, WEFT_READ(variable) + 1)
#endif

static weft_mutex mutex;
static int shared;

static void add_one(void *arg)
{
    (void)arg;
    weft_mutex_lock(&mutex);
    ADD_ONE(shared);
    weft_mutex_unlock(&mutex);
}

static void target(const uint8_t *data, size_t size)
{
    weft_waitgroup running = {0};
    mutex = (weft_mutex){0};
    shared = 0;
    (void)weft_waitgroup_go(&running, add_one, NULL);
    if (size > 2 && data[0] == 'R' && data[1] == 'A' && data[2] == 'C') {
        ADD_ONE(shared);
    }
    weft_waitgroup_wait(&running);
}

WEFT_FUZZ(target)
