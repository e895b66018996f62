/* livelock.h: runs in which goroutines move and nothing happens.
 *
 * Progress is a value that goes through a channel, a goroutine that starts, ends or is woken (but
 * not by a yield, a sleep or a lock), a close, a cancellation, and what the program calls progress
 * (weft_progress). Looking, trying in vain, locking and unlocking, and assigning variables are
 * not. */
#ifndef WEFT_SIM_LIVELOCK_H
#define WEFT_SIM_LIVELOCK_H

#include "../run.h"

/* The event of an operation; the goroutine that is woken; anything else that counts. */
void weft__livelock_event(const weft__event *event);
void weft__livelock_wake(weft__why why);
void weft__livelock_progress(void);

/* The run has reached its step bound: a finding, which is written into its outcome. */
void weft__livelock_judge(void);

#endif
