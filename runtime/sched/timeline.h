/* timeline.h: what ran where and when, for trace viewers: the places where it is noted.
 *
 * While a trace goes on, each stretch in which a goroutine runs becomes a record, written when it
 * ends, into the lane of the worker that ran it; when a lane is full, whoever filled it appends it
 * to the file (timeline_file.h). While none goes on, each place costs a load and a branch.
 *
 * INVARIANTS
 *   - A lane's records are written under its lock, by the worker's own thread, which is alone there
 *     but for whoever ends the trace or gives the worker to another thread.
 *   - lane->running is the goroutine that runs on the worker, if it began to while the trace went
 *     on. It does not end while the lane is locked: leaving takes the lock.
 *   - Lanes live from the first trace of a run to the end of the run; so whoever has seen
 *     weft__timeline_on finds them, and looks again under the lane's lock. There is one for each
 *     worker that there could be, untouched until the worker is made, and one for threads without.
 *   - Order of locks: the trace's, a lane's, the file's. Nothing else is taken under them, and they
 *     may be taken under all others. */
#ifndef WEFT_SCHED_TIMELINE_H
#define WEFT_SCHED_TIMELINE_H

#include "options.h"
#include "worker.h"

extern uint32_t weft__timeline_on; /* atomic */

/* A run begins, and ends, when no thread of it is left. With WEFT_TRACE all runs of the process are
 * in one trace. */
void weft__timeline_enter(const weft__settings *settings);
void weft__timeline_leave(void);

/* There are going to be up to `workers` workers. */
void weft__timeline_grow(uint32_t workers);

/* The process ends, perhaps in the middle of anything: write what there is, but do not wait for
 * long. */
void weft__timeline_die(void);

/* While a trace goes on: see below. */
#define WEFT__SELDOM __attribute__((cold, noinline))
WEFT__SELDOM void weft__timeline_note_ready(const weft__thread *t, weft__g *g);
WEFT__SELDOM void weft__timeline_note_switch(weft__thread *t, weft__g *next);
WEFT__SELDOM void weft__timeline_note_passed_on(weft__worker *w, const weft__thread *t);
WEFT__SELDOM void weft__timeline_note_idle(const weft__worker *w);

static inline bool weft__timeline_goes_on(void)
{
    return weft__load_relaxed(&weft__timeline_on) != 0;
}

/* t is about to make g ready. */
static inline void weft__timeline_ready(const weft__thread *t, weft__g *g)
{
    if (weft__timeline_goes_on()) {
        weft__timeline_note_ready(t, g);
    }
}

/* t->self is about to leave t for next (NULL: for the thread's own stack). */
static inline void weft__timeline_switch(weft__thread *t, weft__g *next)
{
    if (weft__timeline_goes_on()) {
        weft__timeline_note_switch(t, next);
    }
}

/* w is about to go from t to another thread; nobody runs on it yet. */
static inline void weft__timeline_passed_on(weft__worker *w, const weft__thread *t)
{
    if (weft__timeline_goes_on()) {
        weft__timeline_note_passed_on(w, t);
    }
}

/* w is about to sleep. */
static inline void weft__timeline_idle(const weft__worker *w)
{
    if (weft__timeline_goes_on()) {
        weft__timeline_note_idle(w);
    }
}

#endif
