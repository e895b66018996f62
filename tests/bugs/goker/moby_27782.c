/* moby_27782: a log watcher that is told to stop removes its file watch and waits on a condition
 * variable for an event that says so, which never comes. It never closes done, and the file watcher
 * waits for ever to hand over its next event.
 * Expected: leak, g2 in cond wait and g3 in select. (Also a data race of g1 and g2 on readers.) */
#include "../support/bug.h"

typedef struct log_watcher {
    weft_once once;
    weft_chan *close_notifier;
} log_watcher;

static log_watcher watcher;
static log_watcher *readers; /* a set of at most one */
static weft_mutex mutex;     /* of readers; only the fixed form has it */
static weft_chan *events;
static weft_chan *done;
static weft_mutex files;
static weft_cond removed;

static void notify_close(void *arg)
{
    log_watcher *const w = arg;
    weft_chan_close(w->close_notifier);
}

static void g3(void *arg)
{
    (void)arg;
    size_t chosen = 0;
    while (chosen == 0) {
        weft_case poll[] = {WEFT_RECV(done, NULL), WEFT_DEFAULT};
        if (weft_select(poll, 2) == 0) {
            break;
        }
        weft_sleep(300);
        weft_case offer[] = {WEFT_SEND(events, NULL), WEFT_RECV(done, NULL)};
        chosen = weft_select(offer, 2);
    }
    weft_chan_close(events);
}

static void remove_watch(void)
{
    weft_mutex_lock(&files);
    while (!BUG_FIXED) {
        weft_cond_wait(&removed, &files);
    }
    weft_mutex_unlock(&files);
}

static void g2(void *arg)
{
    log_watcher *const w = arg;
    bug_lock(&mutex);
    WEFT_WRITE(readers, w);
    bug_unlock(&mutex);
    events = weft_chan_make(0, 0);
    done = weft_chan_make(0, 0);
    weft_go(g3, NULL);
    weft_sleep(300);
    weft_case cases[] = {WEFT_RECV(events, NULL), WEFT_RECV(w->close_notifier, NULL)};
    if (weft_select(cases, 2) == 1) {
        remove_watch();
    }
    weft_chan_close(done);
}

static void g1(void *arg)
{
    (void)arg;
    watcher.close_notifier = weft_chan_make(0, 0);
    weft_go(g2, &watcher);
    bug_lock(&mutex);
    log_watcher *const reader = WEFT_READ(readers);
    if (reader != NULL) {
        weft_once_do(&reader->once, notify_close, reader);
        WEFT_WRITE(readers, NULL);
    }
    bug_unlock(&mutex);
}

static void kernel(void *arg)
{
    (void)arg;
    weft_go(g1, NULL);
}

BUG_MAIN(kernel, LEAK({"g2", "cond wait"}, {"g3", "select"}), RACE("g1", "g2"))
