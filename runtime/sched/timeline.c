/* timeline.c: see timeline.h. */
#include "timeline.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "fatal.h"
#include "run.h"
#include "slots.h"
#include "timeline_file.h"
#include "timing.h"

enum {
    LANE_SIZE = 64 << 10,
    NAME_MAX_SIZE = 255,          /* bytes; longer ones are cut */
    ATTEMPTS = 10000,             /* at a lock, when the process ends: some tens of milliseconds */
    LANES = WEFT_WORKERS_MAX + 1, /* the last: of threads without a worker */
};
#define NOWHERE UINT32_MAX
#define COUNT_INTERVAL_NS (100 * WEFT_MICROSECOND)

uint32_t weft__timeline_on;

typedef enum weft__record_kind {
    RAN,      /* goroutine g ran on the lane's worker from start to end */
    AT_LARGE, /* it ran without a worker */
    PASSED,   /* the worker went to another thread */
    COUNTED,  /* woken_by goroutines are alive, g runnable */
} weft__record_kind;

/* The name follows, without a zero, and is followed by what aligns the next record. */
typedef struct weft__record {
    uint16_t kind;
    uint16_t name_size;
    uint32_t woken_on;
    const char *then; /* a literal: why it stopped running */
    uint64_t g;
    uint64_t woken_by;
    int64_t woken_ns; /* 0: not known */
    int64_t start_ns;
    int64_t end_ns;
} weft__record;

typedef struct weft__lane {
    _Alignas(64) weft__lock lock;
    uint64_t running; /* the id; 0: not known */
    int64_t since_ns; /* if so, at most since then */
    size_t size;
    char running_name[NAME_MAX_SIZE + 1]; /* a copy: the goroutine may be gone when it is read */
    _Alignas(8) char records[LANE_SIZE];
} weft__lane;

static struct {
    weft__lock lock;
    bool running;        /* a run */
    bool tracing;        /* a file is open */
    bool of_the_process; /* WEFT_TRACE, not weft_trace_start */
    uint64_t limit;
    uint32_t workers;  /* made so far */
    weft__lane *lanes; /* LANES; NULL: not yet in this run */
    int64_t start_ns;
    int64_t counted_ns; /* atomic: the last COUNTED */

    _Alignas(64) weft__lock file_lock;
    uint64_t flows; /* under it */
} timeline;

/* ---- formatting; the file's lock is held ---- */

static int64_t since_start_ns(int64_t ns)
{
    return ns - timeline.start_ns;
}

/* All events of one track have these. */
static void put_begin(const char *begin, uint32_t track, int64_t ns)
{
    weft__event_begin(begin);
    weft__event_text(",\"pid\":1,\"tid\":");
    weft__event_number(track);
    weft__event_text(",\"ts\":");
    weft__event_us(since_start_ns(ns));
}

static void put_name(const weft__record *r)
{
    weft__event_text(",\"name\":\"");
    weft__event_string((const char *)(r + 1), r->name_size);
    weft__event_text(" ");
    weft__event_number(r->g);
    weft__event_text("\"");
}

static void put_flow(const weft__record *r, uint32_t track)
{
    static const char *const begins[] = {
        "{\"ph\":\"s\",\"name\":\"ready\",\"cat\":\"ready\"",
        "{\"ph\":\"f\",\"bp\":\"e\",\"name\":\"ready\",\"cat\":\"ready\"",
    };
    timeline.flows++;
    for (int i = 0; i < 2; i++) {
        put_begin(begins[i], i == 0 ? r->woken_on : track, i == 0 ? r->woken_ns : r->start_ns);
        weft__event_text(",\"id\":");
        weft__event_number(timeline.flows);
        weft__event_end();
    }
}

static void put_ran(const weft__record *r, uint32_t track)
{
    put_begin("{\"ph\":\"X\",\"cat\":\"goroutine\"", track, r->start_ns);
    weft__event_text(",\"dur\":");
    weft__event_us(r->end_ns - r->start_ns);
    put_name(r);
    weft__event_text(",\"args\":{\"goroutine\":");
    weft__event_number(r->g);
    weft__event_text(",\"then\":\"");
    weft__event_text(r->then);
    weft__event_text("\"");
    if (r->woken_ns != 0) {
        weft__event_text(",\"waited_us\":");
        weft__event_us(r->start_ns - r->woken_ns);
    }
    if (r->woken_by != 0) {
        weft__event_text(",\"woken_by\":");
        weft__event_number(r->woken_by);
    }
    weft__event_text("}");
    weft__event_end();
    if (r->woken_by != 0 && r->woken_on != NOWHERE && r->woken_on != track) {
        put_flow(r, track);
    }
}

static void put_at_large(const weft__record *r, uint32_t track)
{
    static const char *const begins[] = {"{\"ph\":\"b\",\"cat\":\"without a worker\"",
                                         "{\"ph\":\"e\",\"cat\":\"without a worker\""};
    for (int i = 0; i < 2; i++) {
        put_begin(begins[i], track, i == 0 ? r->start_ns : r->end_ns);
        put_name(r);
        weft__event_text(",\"id\":");
        weft__event_number(r->g);
        weft__event_end();
    }
}

static void put_passed(const weft__record *r, uint32_t track)
{
    put_begin("{\"ph\":\"i\",\"s\":\"t\",\"cat\":\"thread\"", track, r->start_ns);
    weft__event_text(",\"name\":\"");
    weft__event_text(r->then);
    weft__event_text("\"");
    weft__event_end();
}

static void put_counted(const weft__record *r)
{
    put_begin("{\"ph\":\"C\",\"name\":\"goroutines\"", 0, r->start_ns);
    weft__event_text(",\"args\":{\"alive\":");
    weft__event_number(r->woken_by);
    weft__event_text(",\"runnable\":");
    weft__event_number(r->g);
    weft__event_text("}");
    weft__event_end();
}

static void put_record(const weft__record *r, uint32_t track)
{
    switch ((weft__record_kind)r->kind) {
    case RAN:
        put_ran(r, track);
        break;
    case AT_LARGE:
        put_at_large(r, track);
        break;
    case PASSED:
        put_passed(r, track);
        break;
    case COUNTED:
        put_counted(r);
        break;
    }
}

static void put_track_name(uint32_t track)
{
    weft__event_begin("{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":1,\"tid\":");
    weft__event_number(track);
    weft__event_text(",\"args\":{\"name\":\"");
    if (track < WEFT_WORKERS_MAX) {
        weft__event_text("worker ");
        weft__event_number(track);
    } else {
        weft__event_text("threads without a worker");
    }
    weft__event_text("\"}");
    weft__event_end();
    weft__event_begin("{\"ph\":\"M\",\"name\":\"thread_sort_index\",\"pid\":1,\"tid\":");
    weft__event_number(track);
    weft__event_text(",\"args\":{\"sort_index\":");
    weft__event_number(track);
    weft__event_text("}");
    weft__event_end();
}

/* Of the lanes in use, from one on. */
static uint32_t lane_after(uint32_t i)
{
    return i + 1 == timeline.workers ? LANES - 1 : i + 1;
}

static void put_names(void)
{
    weft__event_begin("{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":1,\"tid\":0,\"args\":{"
                      "\"name\":\"");
    weft__event_string(program_invocation_short_name, strnlen(program_invocation_short_name, 255));
    weft__event_text("\"}");
    weft__event_end();
    for (uint32_t i = 0; i < LANES; i = lane_after(i)) {
        put_track_name(i);
    }
}

/* ---- recording; the lane's lock is held ---- */

static size_t record_size(size_t name_size)
{
    return sizeof(weft__record) + (name_size + 7) / 8 * 8;
}

static void flush(weft__lane *lane)
{
    weft__lock_acquire(&timeline.file_lock);
    for (size_t at = 0; at < lane->size;) {
        const weft__record *const r = (const void *)(lane->records + at);
        put_record(r, (uint32_t)(lane - timeline.lanes));
        at += record_size(r->name_size);
    }
    lane->size = 0;
    if (!weft__timeline_file_flush()) {
        weft__store_relaxed(&weft__timeline_on, 0);
    }
    weft__lock_release(&timeline.file_lock);
}

/* name: NULL is none. */
static void record(weft__lane *lane, const weft__record *r, const char *name)
{
    const size_t name_size = name == NULL ? 0 : strnlen(name, NAME_MAX_SIZE);
    if (lane->size + record_size(name_size) > LANE_SIZE) {
        flush(lane);
    }
    weft__record *const place = (void *)(lane->records + lane->size);
    *place = *r;
    place->name_size = (uint16_t)name_size;
    memcpy(place + 1, name == NULL ? "" : name, name_size);
    lane->size += record_size(name_size);
}

/* g has run on the lane's worker until now. */
static void record_ran(weft__lane *lane, weft__g *g, int64_t now_ns, const char *then)
{
    weft__task *const task = weft__task_of(g);
    const bool woken = task->woken_ns >= timeline.start_ns && task->woken_ns <= lane->since_ns;
    const weft__record r = {
        .kind = RAN,
        .woken_on = task->woken_on,
        .then = then,
        .g = g->id,
        .woken_by = woken ? task->woken_by : 0,
        .woken_ns = woken ? task->woken_ns : 0,
        .start_ns = lane->since_ns,
        .end_ns = now_ns,
    };
    record(lane, &r, g->name);
    task->woken_ns = 0;
}

static void record_counts(weft__lane *lane, int64_t now_ns)
{
    weft__store64_relaxed(&timeline.counted_ns, now_ns);
    const weft__record r = {
        .kind = COUNTED,
        .g = weft__worker_runnable(),
        .woken_by = weft__run_alive(),
        .start_ns = now_ns,
    };
    record(lane, &r, NULL);
}

/* The caller has seen that a trace goes on, but by a relaxed load: this one pairs with its
 * start. */
static weft__lane *lane_of(const weft__worker *w)
{
    (void)weft__load_acquire(&weft__timeline_on);
    return &timeline.lanes[w == NULL ? LANES - 1 : weft__worker_index(w)];
}

/* false: the trace has ended, and the lane is not locked. */
static bool enter(weft__lane *lane)
{
    weft__lock_acquire(&lane->lock);
    if (weft__load_acquire(&weft__timeline_on) != 0) {
        return true;
    }
    weft__lock_release(&lane->lock);
    return false;
}

/* ---- what the scheduler notes ---- */

void weft__timeline_note_ready(const weft__thread *t, weft__g *g)
{
    weft__task *const task = weft__task_of(g);
    const bool itself = g->why == WEFT__WHY_YIELD || g->why == WEFT__WHY_PREEMPTED;
    task->woken_by = itself || t->firing ? 0 : t->self->id;
    task->woken_on = t->worker == NULL ? NOWHERE : weft__worker_index(t->worker);
    task->woken_ns = weft__timing_now_ns();
}

static const char *ending(const weft__thread *t, const weft__g *g)
{
    return t->dead == g                    ? "end"
           : g->why == WEFT__WHY_RUNNING   ? "end of the run"
           : g->why == WEFT__WHY_PREEMPTED ? "preempted"
                                           : weft__why_text(g->why);
}

static void leave_worker(weft__lane *lane, const weft__thread *t, weft__g *next, int64_t now_ns)
{
    if (t->self->id != 0) {
        record_ran(lane, t->self, now_ns, ending(t, t->self));
    }
    lane->running = next == NULL ? 0 : next->id;
    lane->running_name[0] = '\0';
    if (next != NULL) {
        (void)strncat(lane->running_name, next->name, NAME_MAX_SIZE);
    }
    lane->since_ns = now_ns;
    if (now_ns - weft__load64_relaxed(&timeline.counted_ns) >= COUNT_INTERVAL_NS) {
        record_counts(lane, now_ns);
    }
}

static void leave_nowhere(weft__lane *lane, weft__g *self, int64_t now_ns)
{
    weft__task *const task = weft__task_of(self);
    if (task->at_large_ns >= timeline.start_ns) {
        const weft__record r = {
            .kind = AT_LARGE, .g = self->id, .start_ns = task->at_large_ns, .end_ns = now_ns};
        record(lane, &r, self->name);
    }
    task->at_large_ns = 0;
}

void weft__timeline_note_switch(weft__thread *t, weft__g *next)
{
    const int64_t now_ns = weft__timing_now_ns();
    weft__lane *const lane = lane_of(t->worker);
    if (!enter(lane)) {
        return;
    }
    if (t->worker != NULL) {
        leave_worker(lane, t, next, now_ns);
    } else if (t->self->id != 0) {
        leave_nowhere(lane, t->self, now_ns);
    }
    weft__lock_release(&lane->lock);
}

void weft__timeline_note_passed_on(weft__worker *w, const weft__thread *t)
{
    const bool taken = weft__load_relaxed(&t->taken) != 0;
    weft__g *const g = t->self;
    weft__lane *const lane = lane_of(w);
    if (g->id == 0 || !enter(lane)) {
        return;
    }
    const int64_t now_ns = weft__timing_now_ns();
    const char *const then = taken ? "worker taken" : "worker handed on";
    record_ran(lane, g, now_ns, then);
    record(lane, &(weft__record){.kind = PASSED, .then = then, .start_ns = now_ns}, NULL);
    weft__task_of(g)->at_large_ns = now_ns;
    lane->running = 0;
    lane->since_ns = now_ns;
    weft__lock_release(&lane->lock);
}

void weft__timeline_note_idle(const weft__worker *w)
{
    weft__lane *const lane = lane_of(w);
    if (enter(lane)) {
        record_counts(lane, weft__timing_now_ns());
        weft__lock_release(&lane->lock);
    }
}

/* ---- beginning and end; the trace's lock is held ---- */

static int make_lanes(void)
{
    if (timeline.lanes == NULL) {
        timeline.lanes = weft__slots_map(LANES, sizeof(weft__lane));
    }
    return timeline.lanes == NULL ? -ENOMEM : 0;
}

static void start_lanes(void)
{
    const int64_t now_ns = weft__timing_now_ns();
    for (uint32_t i = 0; i < LANES; i = lane_after(i)) {
        timeline.lanes[i].running = 0;
        timeline.lanes[i].since_ns = now_ns;
    }
    weft__lock_acquire(&timeline.file_lock);
    put_names();
    weft__lock_release(&timeline.file_lock);
    weft__store_release(&weft__timeline_on, 1);
}

static void end_at_exit(void)
{
    weft__timeline_die();
}

static int start(const char *path, bool of_the_process)
{
    static bool registered;
    int error = make_lanes();
    if (error == 0) {
        error = weft__timeline_file_open(path, timeline.limit);
    }
    if (error != 0) {
        return error;
    }
    if (!registered) {
        registered = atexit(end_at_exit) == 0;
    }
    timeline.tracing = true;
    timeline.of_the_process = of_the_process;
    timeline.start_ns = weft__timing_now_ns();
    start_lanes();
    return 0;
}

static void end_lane(weft__lane *lane)
{
    if (lane->running != 0) {
        const weft__record r = {
            .kind = RAN,
            .then = "end of the trace",
            .g = lane->running,
            .start_ns = lane->since_ns,
            .end_ns = weft__timing_now_ns(),
        };
        record(lane, &r, lane->running_name);
        lane->running = 0;
    }
    flush(lane);
}

static void end_lanes(void)
{
    weft__store_release(&weft__timeline_on, 0);
    for (uint32_t i = 0; i < LANES; i = lane_after(i)) {
        weft__lock_acquire(&timeline.lanes[i].lock);
        end_lane(&timeline.lanes[i]);
        weft__lock_release(&timeline.lanes[i].lock);
    }
}

static int stop(void)
{
    end_lanes();
    timeline.tracing = false;
    return weft__timeline_file_close();
}

/* The variable is looked at once in a process. */
static void start_by_variable(const char *path)
{
    static bool done;
    if (path == NULL || path[0] == '\0' || done) {
        return;
    }
    done = true;
    const int error = start(path, true);
    if (error != 0) {
        weft__complain("WEFT_TRACE=%.400s: no trace: %s", path, strerror(-error));
    }
}

void weft__timeline_enter(const weft__settings *settings)
{
    weft__lock_acquire(&timeline.lock);
    timeline.running = true;
    timeline.limit = settings->trace_size;
    timeline.workers = settings->workers;
    if (!timeline.tracing) {
        start_by_variable(settings->trace);
    } else if (make_lanes() == 0) {
        start_lanes();
    }
    weft__lock_release(&timeline.lock);
}

void weft__timeline_leave(void)
{
    weft__lock_acquire(&timeline.lock);
    if (timeline.tracing && timeline.of_the_process) {
        end_lanes();
    } else if (timeline.tracing) {
        (void)stop();
    }
    timeline.running = false;
    if (timeline.lanes != NULL) {
        weft__slots_unmap(timeline.lanes, LANES, sizeof(weft__lane));
        timeline.lanes = NULL;
    }
    weft__lock_release(&timeline.lock);
}

void weft__timeline_grow(uint32_t workers)
{
    weft__lock_acquire(&timeline.lock);
    weft__lock_acquire(&timeline.file_lock);
    for (; timeline.workers < workers; timeline.workers++) {
        if (timeline.tracing) {
            put_track_name(timeline.workers);
        }
    }
    weft__lock_release(&timeline.file_lock);
    weft__lock_release(&timeline.lock);
}

int weft_trace_start(const char *path)
{
    weft__lock_acquire(&timeline.lock);
    const int error = timeline.tracing ? -EBUSY : !timeline.running ? -EINVAL : start(path, false);
    weft__lock_release(&timeline.lock);
    return error;
}

int weft_trace_stop(void)
{
    weft__lock_acquire(&timeline.lock);
    const int error = timeline.tracing ? stop() : -EINVAL;
    weft__lock_release(&timeline.lock);
    return error;
}

/* ---- the end of the process ---- */

static bool acquire_soon(weft__lock *lock)
{
    for (int i = 0; i < ATTEMPTS; i++) {
        if (weft__lock_try(lock)) {
            return true;
        }
        (void)sched_yield();
    }
    return false;
}

/* Whoever dies may hold one of the locks; the file is complete in any case. */
void weft__timeline_die(void)
{
    if (weft__load_relaxed(&weft__timeline_on) == 0 || !acquire_soon(&timeline.lock)) {
        return;
    }
    weft__store_release(&weft__timeline_on, 0);
    for (uint32_t i = 0; timeline.lanes != NULL && i < LANES; i = lane_after(i)) {
        weft__lane *const lane = &timeline.lanes[i];
        if (acquire_soon(&lane->lock)) {
            if (acquire_soon(&timeline.file_lock)) {
                weft__lock_release(&timeline.file_lock);
                end_lane(lane);
            }
            weft__lock_release(&lane->lock);
        }
    }
    weft__lock_release(&timeline.lock);
}
