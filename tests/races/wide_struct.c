/* wide_struct: a struct of sixteen bytes, of which the reader wants the upper half. */
#include "support/race_program.h"

typedef struct wide {
    uint64_t low, high;
} wide;

static weft_mutex mutex;
static wide number;

static void writer(void *arg)
{
    const wide *const from = arg;
    race_lock(&mutex);
    number = *from; /* RACE */
    race_unlock(&mutex);
}

static void body(void *arg)
{
    (void)arg;
    static wide other = {1, 2};
    opaque_escape(&other);
    weft_go(writer, &other);
    race_lock(&mutex);
    opaque_use((long)number.high); /* RACE */
    race_unlock(&mutex);
}

RACE_MAIN(body)
