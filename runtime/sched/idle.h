/* idle.h: workers without work: who sleeps, who searches, who is woken.
 *
 * INVARIANTS
 *   - At most one worker searches: it holds the search token.
 *   - A worker is idle from weft__idle_enter until it leaves or is popped; idle.count counts them.
 *     It touches no queue in between, except to look.
 *   - The timekeeper is idle and sleeps at most until the first deadline; the others without limit.
 *   - THE POLLER sleeps in epoll instead of on its futex, once there is one (poller.h). It is the
 *     first that goes idle while nobody else is at it, the timekeeper or not. Who wakes a worker
 *     stores to its `wake`, fences and looks whether it polls; it says that it polls, fences and
 *     looks at `wake`. When events come it leaves, and no other idle worker takes its place at
 *     once, as that would cost a wake-up for each event: the worker looks again when it is idle
 *     again, now and then in between, and the monitor where no worker has for a millisecond. Nor is
 *     anybody woken for the first goroutine that it makes ready: it searches, as does a worker that
 *     looks because it has nothing else to do, and succeeds with that one.
 *
 * NO WAKE-UP IS LOST. Three steps matter:
 *
 *   publish:  a worker puts a goroutine into its deque or the global queue; full fence; if there is
 *             an idle worker and no searcher, it pops one and hands it the search token.
 *   give up:  a worker enters idle (count + 1), drops the token if it has it; full fence; looks at
 *             all queues again, and leaves idle if there is anything.
 *   succeed:  a searcher that has found something drops the token; full fence; looks at all queues
 *             again, and publishes on behalf of whatever it sees.
 *
 * Take a goroutine G that was published, and that nobody was woken for. Either no worker was idle:
 * then each that goes idle later does so behind the fence, and its look sees G. Or somebody held
 * the token; he later gives up or succeeds, and his look is behind a fence that follows the
 * publisher's (the publisher saw the token not yet dropped), so he sees G, unless it was taken. In
 * both cases one of two threads that store, fence and load must see the other's store. A publisher
 * that finds nobody to pop does not take the token: both happen under the lock. So the token that
 * others see always has an owner who goes through one of the last two steps.
 *
 * Nothing could starve without all this: a deque's owner does not sleep while there is something in
 * its own deque, and only owners fill the global queue, which they look at before they sleep. What
 * the protocol saves is parallelism.
 *
 * One thing is less exact: a goroutine in a next slot is seen only when its owner has not scheduled
 * anything for about a microsecond (worker.c, stalled_next). Otherwise a ping-pong pair on one
 * worker would keep another one from sleeping.
 *
 * A worker that retires does the third step, and the first on behalf of what it puts into the
 * global queue. It is not idle, and is counted among the workers until all that are one too many
 * have retired.
 *
 * DEADLOCK: the lock is held, count is the number of workers, no thread is at large (retake.h), no
 * queue holds anything, no armed timer matters and nobody waits on a descriptor. Nobody runs then,
 * and only a running goroutine could change any of it, the number of workers too: whoever changes
 * that has a worker, which looks when it goes idle. */
#ifndef WEFT_SCHED_IDLE_H
#define WEFT_SCHED_IDLE_H

#include "worker.h"

/* Work was published: wake a worker unless one is searching. */
void weft__idle_notify(void);

/* The same, once the caller has made the full fence behind the publication. */
void weft__idle_notify_fenced(void);

/* Take the search token. false: another one has it. */
bool weft__idle_search(weft__worker *w);

/* Drop the token after a find, and wake another worker if there is more. */
void weft__idle_found(weft__worker *w);

/* Wait until there may be something to do. w's deque is empty. Does not return when the program is
 * deadlocked. */
void weft__idle_wait(weft__worker *w);

/* The first deadline may have moved: make sure that somebody idle, if any, wakes for it. */
void weft__idle_retime(void);

/* Wake those that are one too many. */
void weft__idle_wake_surplus(void);

/* Wake everybody: the run is stopping. */
void weft__idle_wake_all(void);

/* Nobody has looked at epoll for long: have an idle worker sleep in it. false: none is idle. */
bool weft__idle_post_poller(void);

/* Whether some worker sleeps in epoll. */
bool weft__idle_polls(void);

/* A hint, without the lock. */
uint32_t weft__idle_count(void);

/* A thread without a worker is done with its goroutine: if it was the last that ran one, nobody
 * else would look. Does not return when the program is deadlocked. */
void weft__idle_check_deadlock(void);

void weft__idle_reset(void);

#endif
