/* backend.h: the seam. All that a backend owes the core, and all that the core knows of a backend.
 *
 * Two backends implement it: runtime/sched/backend.c, with worker.c for parking, and sim/backend.c.
 * The same object files of the core are archived with both; docs/seam.md tells the story.
 *
 * CONTRACT
 *   - weft__park runs its commit after the goroutine's context is saved: nobody can make a
 *     goroutine ready while it is still running. The commit drops whatever lock kept wakers away.
 *   - `self` is read once, at the public entry, and passed down. Nothing thread-local is kept
 *     across a park: the goroutine may go on on another thread.
 *   - No seam call under a lock of the core, except weft__park and weft__lock_wait; and a timer is
 *     armed and cancelled under its own control lock (lock.h has the order).
 *   - The core owns no thread, clock or randomness. */
#ifndef WEFT_CORE_BACKEND_H
#define WEFT_CORE_BACKEND_H

#include <weft.h>

#include "lock.h"
#include "op.h"
#include "stack.h"
#include "why.h"

typedef struct weft__g weft__g;
typedef struct weft__timer weft__timer;

/* The calling goroutine. Outside of any: a stand-in with id 0 that may do what does not park. */
weft__g *weft__self(void);

/* Save self's context, then, off its stack, call commit(self, arg) (NULL: nothing), and run others
 * until someone calls weft__ready(self). errno survives. `why` is for reports. */
typedef void weft__commit_fn(weft__g *g, void *arg);
void weft__park(weft__g *self, weft__commit_fn *commit, void *arg, weft__why why);

/* Park, ready at once, behind the others. */
void weft__yield(weft__g *self);

/* Make a parked goroutine runnable: soon, in place of the caller's successor, or behind the others.
 * Exactly once for each park. Order: what the caller did before happens before g goes on. */
typedef enum weft__hint { WEFT__NEXT, WEFT__TAIL } weft__hint;
void weft__ready(weft__g *g, weft__hint hint);

/* Call fn(arg), which may block the thread, while others run elsewhere. */
void weft__blocking(weft__g *self, weft_fn *fn, void *arg);

/* The schedule point's cold half: self->fuel has run out and self is about to do this, the fields
 * of a weft__op, which come in registers. Refills it. */
void weft__fuel_out(weft__g *self, weft__op_kind kind, const void *object, uint64_t n,
                    const void *value, const void *site);

/* weft_workers, of a count that is not too large; -EAGAIN: no thread. */
int weft__workers(weft__g *self, uint32_t count, const void *site);

/* weft__lock_wait: in lock.h. */

/* A free choice: a number below count; count 0 stands for 2^32. */
typedef enum weft__choice {
    WEFT__CHOICE_SELECT, /* which of the ready cases of a select */
    WEFT__CHOICE_CHOOSE, /* weft_choose */
    WEFT__CHOICE_RANDOM, /* half of weft_random */
} weft__choice;
uint32_t weft__pick(weft__g *self, uint32_t count, weft__choice what);

int64_t weft__clock(void); /* nanoseconds */

/* Call timer->fire when the clock reaches timer->deadline_ns. The timer is not armed; fire does not
 * run after weft__timer_cancel has returned, which returns whether it was armed. */
void weft__timer_arm(weft__timer *timer);
bool weft__timer_cancel(weft__timer *timer);

/* Give g an id and make it runnable, on behalf of self; -EAGAIN at the goroutine limit. weft__exit
 * ends self, whose memory the backend gives back with weft__g_free once nothing runs on its
 * stack. */
int weft__spawn(weft__g *self, weft__g *g);
_Noreturn void weft__exit(weft__g *self);

/* A stack for a goroutine, and back when nothing runs on it: weft__stack_alloc and
 * weft__stack_free, or from and to free ones that the calling thread has at hand. */
bool weft__stack_take(weft__g *self, size_t size, weft__stack *ret_stack);
void weft__stack_put(weft__g *self, weft__stack stack);

/* Memory of channels, timers, contexts and deferred calls, zeroed; NULL when there is none. */
void *weft__alloc(size_t size);
void weft__free(void *memory, size_t size);

/* Why a program cannot go on. */
typedef enum weft__end {
    WEFT__END_PANIC,  /* a panic reached the top of its goroutine */
    WEFT__END_ASSERT, /* a check of the program failed */
    WEFT__END_FATAL,  /* misuse that no weft_try can recover, or a broken invariant of ours */
} weft__end;
_Noreturn void weft__die(weft__g *self, weft__end end, const void *site, const char *message);

/* What the backend implements of the public API: weft_run, weft_run_with, weft_progress,
 * weft_state, weft_dump, weft_stats_read, weft_trace_start, weft_trace_stop and
 * weft__sometimes. */

#endif
