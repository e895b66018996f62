/* sleeping_test.c: workers that go to sleep against those who publish work, or start a timer
 * (idle.c, worker.c): no wake-up is lost, though who publishes does not run anything himself. */
#include "support/scheduler.h"
#include "support/stepped.h"

enum { WORKERS_MAX = 2 };

static weft__worker workers[WORKERS_MAX];
static weft__thread threads[WORKERS_MAX];
static weft__g goroutine;
static outer_event *done; /* what was to happen has happened */
static bool deadlock_expected;

_Noreturn void weft__fatal_deadlock(void)
{
    WEFT_ASSERT(deadlock_expected);
    outer_event_set(done);
    outer_exit();
}

/* Polling gives up where somebody has the lock: wait for him, rather than come again and again. */
static void poll(void)
{
    if (weft__timing_next_ns() != WEFT_NEVER) {
        weft__timing_lock();
        weft__timing_unlock();
    }
    weft__timing_poll();
}

/* As worker.c's find, but that it searches one round. */
static void serve(void *worker)
{
    weft__worker *const w = worker;
    while (!weft__stopping()) {
        poll();
        weft__g *g = take(w);
        if (g == NULL) {
            (void)weft__idle_search(w);
            g = steal(w, true);
        }
        if (g == NULL) {
            weft__idle_wait(w);
            continue;
        }
        WEFT_ASSERT(g == &goroutine);
        weft__idle_found(w);
        outer_event_set(done);
    }
}

/* Those from `first` on serve; the others are busy in a goroutine, which is main. */
static void begin_workers(uint32_t first)
{
    weft__idle_reset();
    weft__sched_state.workers = workers;
    weft__sched_state.worker_count = WORKERS_MAX;
    weft__sched_state.worker_goal = WORKERS_MAX;
    done = outer_event_make();
    for (uint32_t i = 0; i < WORKERS_MAX; i++) {
        workers[i].thread = &threads[i];
        threads[i].worker = &workers[i];
        workers[i].counts.until_sample = UINT32_MAX;
    }
    for (uint32_t i = first; i < WORKERS_MAX; i++) {
        outer_go(serve, &workers[i]);
    }
}

static void end_workers(void)
{
    outer_event_wait(done);
    weft__worker_stop_all();
    join();
}

static void publish_in_ring(void *arg)
{
    (void)arg;
    begin_workers(1);
    make_ready(&threads[0], &goroutine, WEFT__TAIL);
    end_workers();
}

static void publish_in_next_slot(void *arg)
{
    (void)arg;
    begin_workers(1);
    make_ready(&threads[0], &goroutine, WEFT__NEXT);
    end_workers();
}

static void publish_without_worker(void *arg)
{
    (void)arg;
    begin_workers(1);
    threads[0].worker = NULL;
    make_ready(&threads[0], &goroutine, WEFT__TAIL);
    end_workers();
}

static int64_t fire(weft__timer *timer, int64_t now_ns)
{
    (void)timer;
    (void)now_ns;
    outer_event_set(done);
    return WEFT_NEVER;
}

static void start_timer(void *arg)
{
    (void)arg;
    static weft__timer timer;
    begin_workers(1);
    timer = (weft__timer){.deadline_ns = WEFT_SECOND, .fire = fire};
    if (weft__timing_arm(&timer)) {
        weft__idle_retime();
    }
    end_workers();
}

/* Nobody has anything to do: the last one to sleep says so. */
static void both_sleep(void *arg)
{
    (void)arg;
    deadlock_expected = true;
    begin_workers(0);
    outer_event_wait(done);
}

RUN_SCENARIOS(SCENARIO(publish_in_ring), SCENARIO(publish_in_next_slot),
              SCENARIO(publish_without_worker), SCENARIO(start_timer), SCENARIO(both_sleep))
