/* resize.h: weft_workers: how many workers there are changes while they run.
 *
 * One change at a time, made by a goroutine, which lets others run and comes back to a worker as
 * often as it has to. It does not stop the world: what a worker has is its own, so each worker
 * that is one too many retires where nobody is using it, and the others go on.
 *
 *   more:   the count is raised, so that thieves see the new workers; then they get threads.
 *   fewer:  the goal is lowered. A worker that is one too many retires by itself when its thread
 *           is on its own stack, where it looks for work, and is woken if it sleeps there. One
 *           whose thread runs a goroutine is taken away, as retake.c does after a slice; the
 *           goroutine runs on until its next call of ours, and queues for another worker. A thread
 *           that is in between, inside one of our functions, is tried again. When all have retired,
 *           the count is lowered.
 *
 * INVARIANTS
 *   - worker_count == worker_goal unless a change goes on, or the run is stopping.
 *   - Whoever changes the count has a worker, which is not one too many, and holds. So no deadlock
 *     is seen before he has parked, and then by the new count; and who makes the count 1, or more
 *     again, serves the only worker: see ALONE in worker.h.
 *   - A worker retires under the lock of retake.c, while its thread holds and is the caller, or has
 *     been stopped at its next hold. Thieves and those who look for work may still look at it; they
 *     find its deque empty.
 *   - A thread that has lost its worker so is at large, like any other, until it is a spare one. */
#ifndef WEFT_SCHED_RESIZE_H
#define WEFT_SCHED_RESIZE_H

/* A run begins. */
void weft__resize_reset(void);

#endif
