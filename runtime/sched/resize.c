/* resize.c: weft_workers. See resize.h. */
#include "resize.h"

#include <time.h>

#include "retake.h"
#include "run.h"
#include "timeline.h"

/* One change at a time. */
static weft_mutex changing;

void weft__resize_reset(void)
{
    changing = (weft_mutex){0};
}

/* From here on self's thread holds, and has one of the first `count` workers. */
static void hold_with_worker(weft__g *self, uint32_t count)
{
    weft__thread *t = weft__thread_hold_of(self);
    while (t->worker == NULL || weft__worker_index(t->worker) >= count) {
        if (t->worker != NULL) {
            weft__retake_retire(t);
        }
        weft__worker_return(self);
        t = weft__task_of(self)->thread;
    }
}

/* A thread that is inside of our functions leaves them soon, unless the kernel runs another one. */
static void nap(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
}

static void shrink(weft__g *self, uint32_t count)
{
    for (;;) {
        hold_with_worker(self, count);
        const bool done = weft__retake_trim(count) || weft__stopping();
        weft__thread_release_of(self);
        if (done) {
            return;
        }
        nap();
    }
}

static int grow(weft__g *self, uint32_t count)
{
    hold_with_worker(self, count);
    weft__timeline_grow(count);
    const int error = weft__retake_grow(count);
    weft__thread_release_of(self);
    return error;
}

static int change(weft__g *self, uint32_t before, uint32_t count)
{
    const int error = count > before ? grow(self, count) : 0;
    const uint32_t left = error == 0 ? count : before;
    if (left < weft__worker_count()) {
        shrink(self, left);
    }
    weft__run_resize(left);
    return error;
}

int weft__workers(weft__g *self, uint32_t count, const void *site)
{
    (void)site;
    weft_mutex_lock(&changing);
    const uint32_t before = weft__worker_count();
    const int error = count == 0 ? 0 : change(self, before, count);
    weft_mutex_unlock(&changing);
    return error == 0 ? (int)before : error;
}
