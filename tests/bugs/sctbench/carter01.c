/* carter01: the first of a group locks the resource and the last unlocks it, as readers do; but two
 * groups share the mutex of their counters, and one waits for the resource with it held.
 * Expected: deadlock, main in wait group wait, first and second in mutex lock.
 * After SCTBench CS/carter01. */
#include "../support/bug.h"

typedef struct group {
    weft_mutex *mutex; /* of its counter */
    int count;
} group;

static weft_mutex shared;
static weft_mutex resource;
static weft_waitgroup threads;
static group first_group = {.mutex = &shared};
static group second_group = {.mutex = &shared};

static void enter_and_leave(group *g)
{
    weft_mutex_lock(g->mutex);
    const int before = WEFT_READ(g->count);
    WEFT_WRITE(g->count, before + 1);
    if (WEFT_READ(g->count) == 1) {
        weft_mutex_lock(&resource);
    }
    weft_mutex_unlock(g->mutex);
    weft_mutex_lock(g->mutex);
    const int inside = WEFT_READ(g->count);
    WEFT_WRITE(g->count, inside - 1);
    if (WEFT_READ(g->count) == 0) {
        weft_mutex_unlock(&resource);
    }
    weft_mutex_unlock(g->mutex);
    weft_waitgroup_done(&threads);
}

static void first(void *arg)
{
    (void)arg;
    enter_and_leave(&first_group);
}

static void second(void *arg)
{
    (void)arg;
    enter_and_leave(&second_group);
}

static void idle(void *arg)
{
    (void)arg;
    weft_waitgroup_done(&threads);
}

static void program(void *arg)
{
    (void)arg;
#ifdef FIXED
    static weft_mutex own;
    second_group.mutex = &own;
#endif
    weft_waitgroup_add(&threads, 4);
    weft_go(first, NULL);
    weft_go(second, NULL);
    weft_go(idle, NULL);
    weft_go(idle, NULL);
    weft_waitgroup_wait(&threads);
}

BUG_MAIN(program,
         DEADLOCK({"main", "wait group wait"}, {"first", "mutex lock"}, {"second", "mutex lock"}))
