/* kubernetes_82239: a manager copies the annotations of an object again and again while a test
 * changes one of them.
 * Expected: a data race of main and w on the map; see RACE in bug.h. */
#include "../support/bug.h"

enum { KEYS = 2 }; /* as many as are set below */

static int annotations[KEYS] = {1, 2};
static weft_mutex mutex; /* only the fixed form has it */
static weft_chan *stop;

static bool stopped(void)
{
    weft_case cases[] = {WEFT_RECV(stop, NULL), WEFT_DEFAULT};
    return weft_select(cases, 2) == 0;
}

static void copy_annotations(void)
{
    int copy[KEYS];
    bug_lock(&mutex);
    for (int i = 0; i < KEYS; i++) {
        copy[i] = WEFT_READ(annotations[i]);
    }
    bug_unlock(&mutex);
    opaque_escape(copy);
    WEFT_ASSERT(copy[1] == 2);
}

static void w(void *arg)
{
    (void)arg;
    while (!stopped()) {
        copy_annotations();
        if (stopped()) {
            return;
        }
    }
}

static void r(void *arg)
{
    (void)arg;
    weft_go(w, NULL);
}

static void kernel(void *arg)
{
    (void)arg;
    stop = weft_chan_make(0, 0);
    weft_go(r, NULL);
    weft_sleep(WEFT_MILLISECOND);
    bug_lock(&mutex);
    WEFT_WRITE(annotations[0], 3);
    bug_unlock(&mutex);
    weft_chan_close(stop);
}

BUG_MAIN(kernel, RACE("main", "w"))
