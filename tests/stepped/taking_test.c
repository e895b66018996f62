/* taking_test.c: a worker is taken from its thread, from outside (retake.c): the thread's hold, and
 * locks that it takes by a load and a store because it is alone (object.h). What belongs to a
 * worker is plain memory here: two threads that both believe they have it are a race. */
#include "sched/retake.c" // NOLINT(bugprone-suspicious-include): for what is static in it
#include "support/stepped.h"

weft__sched weft__sched_state;

static weft__worker workers[1];
static weft__worker *const w = &workers[0];
static weft_fn *first_life, *next_life; /* what the worker's first thread does, and the next */
static weft__object object;
static int number; /* under object's lock */

/* ---- What retake.c asks of the rest of the scheduler ---- */

void weft__worker_loop(weft__thread *t)
{
    weft_fn *const life = first_life;
    first_life = next_life; /* by who has the worker */
    weft__thread_release(t);
    life(t);
    outer_exit(); /* what becomes of threads without a worker is another story */
}

void weft__worker_clear(weft__worker *cleared)
{
    (void)cleared;
}

void weft__idle_check_deadlock(void)
{
}

void weft__idle_notify(void)
{
}

void weft__idle_wake_surplus(void)
{
}

/* ---- The threads of a run ---- */

static void begin_threads(weft_fn *first, weft_fn *next, bool fences)
{
    const weft__settings settings = {.workers = 1, .threads = 4};
    stepped_biased = !fences;
    first_life = first;
    next_life = next;
    weft__sched_state.workers = workers;
    weft__sched_state.worker_count = 1;
    weft__lock_acquire(&pool.lock);
    reset(&settings);
    weft__retake_fences = fences;
    set_alone();
    WEFT_ASSERT(start_thread(w) == 0);
    weft__lock_release(&pool.lock);
}

/* ---- Hold ---- */

static void use_worker(void *thread)
{
    weft__thread *const t = thread;
    weft__thread_hold(t);
    if (t->worker != NULL) {
        t->worker->slice++;
    }
    weft__thread_release(t);
}

static void use_twice(void *thread)
{
    use_worker(thread);
    use_worker(thread);
}

static void take_it(bool fences)
{
    begin_threads(use_twice, use_worker, fences);
    (void)weft__retake_take(w);
    join();
}

static void hold_by_fences(void *arg)
{
    (void)arg;
    take_it(true);
}

static void hold_by_membarrier(void *arg)
{
    (void)arg;
    take_it(false);
}

/* ---- Giving up while it is taken ---- */

static void give_up(void *thread)
{
    weft__thread *const t = thread;
    weft__thread_hold(t);
    if (t->worker != NULL) {
        t->worker->slice++;
        weft__retake_give_up(t);
    }
    weft__thread_release(t);
}

static void give_up_against_take(void *arg)
{
    (void)arg;
    begin_threads(give_up, use_worker, false);
    (void)weft__retake_take(w);
    join();
}

/* ---- Alone ---- */

/* In parentheses they are no macros: these locks are real. */
static void add_one(void)
{
    (weft__object_lock)(&object);
    number++;
    (weft__object_unlock)(&object);
}

static void add_twice(void *thread)
{
    (void)thread;
    add_one();
    add_one();
}

static void add_once(void *thread)
{
    (void)thread;
    add_one();
}

/* A thread without a worker comes in, and goes. */
static void guest_against_alone(void *arg)
{
    (void)arg;
    begin_threads(add_twice, add_once, false);
    const bool entered = weft__retake_enter();
    if (entered) {
        add_one();
        weft__retake_leave();
    }
    join();
    WEFT_ASSERT(number == 2 + entered);
}

/* Taken in the middle of its goroutine, which goes on. */
static void take_against_alone(void *arg)
{
    (void)arg;
    begin_threads(add_once, add_once, false);
    const bool taken = weft__retake_take(w);
    join();
    WEFT_ASSERT(number == 1 + taken);
}

RUN_SCENARIOS(SCENARIO(hold_by_fences), SCENARIO(hold_by_membarrier),
              SCENARIO(give_up_against_take), SCENARIO(guest_against_alone),
              SCENARIO(take_against_alone))
