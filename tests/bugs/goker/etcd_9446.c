/* etcd_9446: one goroutine deletes all keys of a map while another looks one up.
 * Expected: a data race of a and b on the map; see RACE in bug.h. */
#include "../support/bug.h"

BUG_COUNT(KEYS, 1);

static struct {
    bool present[KEYS_MAX];
    int values[KEYS_MAX];
} map;
static weft_mutex mutex; /* only the fixed form has it */
static weft_waitgroup all;

static void a(void *arg)
{
    (void)arg;
    bug_lock(&mutex);
    for (int i = 0; i < KEYS; i++) {
        if (WEFT_READ(map.present[i])) {
            WEFT_WRITE(map.present[i], false);
        }
    }
    bug_unlock(&mutex);
    weft_waitgroup_done(&all);
}

static void b(void *arg)
{
    (void)arg;
    bug_lock(&mutex);
    if (WEFT_READ(map.present[0])) {
        opaque_use(WEFT_READ(map.values[0]));
    }
    bug_unlock(&mutex);
    weft_waitgroup_done(&all);
}

static void o(void *arg)
{
    (void)arg;
    WEFT_WRITE(map.values[0], 1);
    WEFT_WRITE(map.present[0], true);
    weft_go(a, NULL);
    weft_go(b, NULL);
    weft_waitgroup_done(&all);
}

static void kernel(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&all, 3);
    weft_go(o, NULL);
    weft_waitgroup_wait(&all);
}

BUG_MAIN(kernel, RACE("a", "b"))
