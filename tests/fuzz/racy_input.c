/* racy_input.c: an instrumented fuzz target (weft::instrument) with a data race that takes an
 * input, "RAC". */
#include <weft/fuzz.h>

static weft_mutex mutex;
static int shared;

static void add_one(void *arg)
{
    (void)arg;
    weft_mutex_lock(&mutex);
    shared++;
    weft_mutex_unlock(&mutex);
}

static void target(const uint8_t *data, size_t size)
{
    weft_waitgroup running = {0};
    mutex = (weft_mutex){0};
    shared = 0;
    (void)weft_waitgroup_go(&running, add_one, NULL);
    if (size > 2 && data[0] == 'R' && data[1] == 'A' && data[2] == 'C') {
        shared++;
    }
    weft_waitgroup_wait(&running);
}

WEFT_FUZZ(target)
