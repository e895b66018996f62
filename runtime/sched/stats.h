/* stats.h: what the scheduler counts for weft_stats_read: the places where it does.
 *
 * Each worker counts for itself (counts.h); what happens seldom, or without a worker, is counted in
 * one place (stats.c). Reading the clock for each goroutine that is made ready would cost more than
 * running it: only some are timed, on average one in `interval`, and each of these counts for so
 * many in the histogram. The interval grows while samples come often and shrinks while they are
 * rare, so that a worker takes one in some twenty microseconds at most, and all of them where
 * little happens. The distance to the next is random: no program keeps step with it.
 *
 * INVARIANTS
 *   - g->mark is set exactly from when a goroutine that is timed was made ready until it runs. */
#ifndef WEFT_SCHED_STATS_H
#define WEFT_SCHED_STATS_H

#include "atomic64.h"
#include "worker.h"

/* A run begins; ends, while its workers are still there. */
void weft__stats_enter(void);
void weft__stats_leave(void);

/* g is timed; runs. */
void weft__stats_sample(weft__thread *t, weft__g *g);
void weft__stats_sampled(weft__worker *w, weft__g *g);

/* Each under a lock of its caller's, always the same one. */
void weft__stats_fired(void);                         /* a timer */
void weft__stats_woken(void);                         /* a worker, for work */
void weft__stats_passed_on(const weft__thread *from); /* a worker */

/* Anywhere. w: NULL if the thread has none; left_alone is for those. */
void weft__stats_started(weft__worker *w);
void weft__stats_left_alone(weft__why why);

/* t, which has a worker, is about to make g ready. */
static inline void weft__stats_ready(weft__thread *t, weft__g *g)
{
    if (t->worker->counts.until_sample-- == 0) {
        weft__stats_sample(t, g);
    }
}

/* g is about to run on w. */
static inline void weft__stats_runs(weft__worker *w, weft__g *g)
{
    if (g->mark) {
        weft__stats_sampled(w, g);
    }
}

/* A goroutine of t leaves it. */
static inline void weft__stats_left(weft__thread *t, weft__why why)
{
    if (t->worker != NULL) {
        weft__add_count_relaxed(&t->worker->counts.left[why], 1);
    } else {
        weft__stats_left_alone(why);
    }
}

static inline void weft__stats_stolen(weft__worker *w, uint32_t count)
{
    weft__add_count_relaxed(&w->counts.steals, 1);
    weft__add_count_relaxed(&w->counts.stolen, count);
}

static inline void weft__stats_global_taken(weft__worker *w, uint32_t count)
{
    weft__add_count_relaxed(&w->counts.global_takes, 1);
    weft__add_count_relaxed(&w->counts.global_taken, count);
}

#endif
