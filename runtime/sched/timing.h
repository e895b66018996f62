/* timing.h: the armed timers of the process: one heap under one lock.
 *
 * INVARIANTS
 *   - fire runs with the lock held, and the timer's place is already 0: so a cancel that finds
 *     place 0 returns only after fire has, and fire never runs behind it.
 *   - weft__timing_next_ns is the deadline of the first timer whenever the lock is free.
 *   - Lock order: a timer's control lock (core/timer.c), the timing lock, then one channel's or
 *     idle's. Nothing that holds another lock of the core calls in here. */
#ifndef WEFT_SCHED_TIMING_H
#define WEFT_SCHED_TIMING_H

#include "core/timer.h"

/* Nanoseconds of CLOCK_MONOTONIC. */
int64_t weft__timing_now_ns(void);

/* The time of the last tick, for what costs too little to read a clock. A tick is each look of the
 * monitor, so one in a slice while some worker is busy; each time that a worker wakes up; and each
 * park on a thread without a worker. Nothing else parks while all workers sleep: so for who parks
 * it is late by a slice at most, and by what the kernel makes the monitor wait. */
extern int64_t weft__timing_ticked_ns; /* atomic */
int64_t weft__timing_tick(void);       /* returns the time */

/* Returns whether timer is now the first one. No memory: fatal. */
bool weft__timing_arm(weft__timer *timer);

/* Returns whether timer was armed. */
bool weft__timing_cancel(weft__timer *timer);

/* The first deadline, or WEFT_NEVER; read without the lock. */
int64_t weft__timing_next_ns(void);

/* Fire what is due, unless another thread is at it. The caller holds no lock. */
void weft__timing_poll(void);

/* Whether some armed timer could let a goroutine run on: not one that fires into a channel at which
 * nobody waits. No goroutine is running, the lock is held. */
bool weft__timing_matters(void);
void weft__timing_lock(void);
void weft__timing_unlock(void);

/* Disarm all timers. */
void weft__timing_drop(void);

#endif
