/* istio_8144: the map is safe for many goroutines, the counter of what was found in it is not: e
 * counts the entries that it sees while d reads the counter.
 * Expected: a data race of d and e on counter; see RACE in bug.h. */
#include "../support/bug.h"

static struct {
    weft_mutex mutex;
    int entries;
} map;
static int counter;
static weft_mutex counter_mutex; /* only the fixed form has it */
static weft_waitgroup driver;

static void map_store(void)
{
    weft_mutex_lock(&map.mutex);
    map.entries++;
    weft_mutex_unlock(&map.mutex);
}

static int map_entries(void)
{
    weft_mutex_lock(&map.mutex);
    const int entries = map.entries;
    weft_mutex_unlock(&map.mutex);
    return entries;
}

static void e(void *arg)
{
    (void)arg;
    const int entries = map_entries();
    for (int i = 0; i < entries; i++) {
        bug_lock(&counter_mutex);
        const int before = WEFT_READ(counter);
        WEFT_WRITE(counter, before + 1);
        bug_unlock(&counter_mutex);
    }
}

static void d(void *arg)
{
    (void)arg;
    weft_go(e, NULL);
    map_store();
    bug_lock(&counter_mutex);
    const int counted = WEFT_READ(counter);
    bug_unlock(&counter_mutex);
    WEFT_ASSERT(counted <= 1);
    weft_waitgroup_done(&driver);
}

static void kernel(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&driver, 1);
    weft_go(d, NULL);
    weft_waitgroup_wait(&driver);
}

BUG_MAIN(kernel, RACE("d", "e"))
