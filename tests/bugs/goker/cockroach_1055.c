/* cockroach_1055: workers announce a task to their stopper and never say that it has ended, so that
 * quiescing waits for ever; and stopping waits for the workers with the mutex held that they need.
 * Expected: deadlock, main in channel receive, closer in wait group wait, and most workers. (Also a
 * data race of closer and a worker on draining.) */
#include "../support/bug.h"

BUG_COUNT(STOPPERS, 3);

typedef struct stopper {
    weft_chan *stop;
    weft_waitgroup workers;
    weft_waitgroup tasks;
    weft_mutex mutex;
    int draining; /* atomic but in quiesce, as in the original */
} stopper;

static stopper stoppers[STOPPERS_MAX];
static weft_chan *done;

static void run_task(stopper *s)
{
#ifdef FIXED
    weft_mutex_lock(&s->mutex);
    const bool started = !s->draining;
    if (started) {
        weft_waitgroup_add(&s->tasks, 1);
    }
    weft_mutex_unlock(&s->mutex);
    if (started) {
        weft_waitgroup_done(&s->tasks);
    }
#else
    if (BUG_ATOMIC_LOAD(s->draining) == 0) {
        weft_mutex_lock(&s->mutex);
        weft_waitgroup_add(&s->tasks, 1);
        weft_mutex_unlock(&s->mutex);
    }
#endif
}

static void worker(void *arg)
{
    stopper *const s = arg;
    run_task(s);
    weft_chan_recv(s->stop, NULL);
    weft_waitgroup_done(&s->workers);
}

static void quiesce(stopper *s)
{
    weft_mutex_lock(&s->mutex);
    WEFT_WRITE(s->draining, 1);
    weft_waitgroup_wait(&s->tasks);
    WEFT_WRITE(s->draining, 0);
    weft_mutex_unlock(&s->mutex);
}

static void stop_workers(stopper *s)
{
    weft_mutex_lock(&s->mutex);
    BUG_ATOMIC_STORE(s->draining, 1);
    weft_waitgroup_wait(&s->tasks);
    weft_chan_close(s->stop);
#ifdef FIXED
    weft_mutex_unlock(&s->mutex);
    weft_waitgroup_wait(&s->workers);
#else
    weft_waitgroup_wait(&s->workers);
    weft_mutex_unlock(&s->mutex);
#endif
}

static void closer(void *arg)
{
    (void)arg;
    for (int i = 0; i < STOPPERS; i++) {
        quiesce(&stoppers[i]);
    }
    for (int i = 0; i < STOPPERS; i++) {
        stop_workers(&stoppers[i]);
    }
    weft_chan_close(done);
}

static void kernel(void *arg)
{
    (void)arg;
    done = weft_chan_make(0, 0);
    for (int i = 0; i < STOPPERS; i++) {
        stoppers[i].stop = weft_chan_make(0, 0);
        weft_waitgroup_add(&stoppers[i].workers, 1);
        weft_go(worker, &stoppers[i]);
    }
    weft_go(closer, NULL);
    weft_chan_recv(done, NULL);
}

BUG_MAIN(kernel, DEADLOCK({"main", "channel receive"}, {"closer", "wait group wait"}, OTHERS),
         RACE("closer", "worker"))
