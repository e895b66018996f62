/* retake.h: the threads of a run, and how a worker is taken from one that keeps it too long.
 *
 * A goroutine that computes without calling us, or that waits in the kernel, keeps its thread, and
 * with it a worker. One that has not come round for a slice while others wait is given to another
 * thread (monitor.h says when). The first thread notices nothing;
 * it runs on, scheduled by the kernel, until its goroutine calls us next: then it has no worker,
 * the goroutine goes into the global queue, and the thread is a spare one. No signal is sent and no
 * stack is switched under the goroutine, so that thread-local storage, errno, malloc, stdio and the
 * locks that it holds stay as they are (docs/decisions/0009-retake-without-signals.md).
 *
 * INVARIANTS
 *   - A thread is one of: serving a worker; at large, running a goroutine without a worker; spare.
 *   - HOLD: a thread adds to its `holds`, then reads `taken`; whoever wants its worker writes
 *     `taken`, then reads `holds`. One of the two sees the other's write: the second goes through
 *     membarrier(2), which stands for a full fence in the first, where the kernel has it; elsewhere
 *     there is one.
 *   - What a thread wrote before it let go (release) is seen by whoever takes its worker (acquire),
 *     and so by the next thread that serves it. */
#ifndef WEFT_SCHED_RETAKE_H
#define WEFT_SCHED_RETAKE_H

#include "options.h"
#include "worker.h"

extern bool weft__retake_fences; /* there is no membarrier */

/* weft__thread_hold found `taken`. */
void weft__thread_look(weft__thread *t);

/* From here on nobody takes t's worker, if it has one. Nests. */
static inline void weft__thread_hold(weft__thread *t)
{
    weft__store_relaxed(&t->holds, weft__load_relaxed(&t->holds) + 1);
    if (weft__retake_fences) {
        weft__fence_seq_cst();
    } else {
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
    }
    if (weft__load_acquire(&t->taken) != 0) {
        weft__thread_look(t);
    }
}

static inline void weft__thread_release(weft__thread *t)
{
    weft__store_release(&t->holds, weft__load_relaxed(&t->holds) - 1);
}

/* The thread that self runs on, which holds; and its release: self may have come to another thread
 * since. */
static inline weft__thread *weft__thread_hold_of(weft__g *self)
{
    weft__thread *const t = weft__task_of(self)->thread;
    weft__thread_hold(t);
    return t;
}

static inline void weft__thread_release_of(weft__g *self)
{
    weft__thread_release(weft__task_of(self)->thread);
}

/* Start a thread for each worker. Errors: -EAGAIN  no threads; a line says so. */
WEFT_NODISCARD int weft__retake_start(const weft__settings *settings);

/* Make workers, up to `count`. The caller is a thread with a worker, as it is for trim.
 * Errors: -EAGAIN  no thread for one of them: those from the old number on are to be trimmed. */
WEFT_NODISCARD int weft__retake_grow(uint32_t count);

/* Let those from `count` on retire whose thread runs a goroutine; the goroutine runs on. Those that
 * are idle are woken, and each that is on its own stack sees for itself. true: none is left. */
bool weft__retake_trim(uint32_t count);

/* The worker of t, the calling thread, is one too many: it retires. */
void weft__retake_retire(weft__thread *t);

/* Wait for the threads of a run that is stopping. One that runs on in its goroutine is left to
 * itself after a while, for ever, together with that goroutine. */
void weft__retake_finish(void);

/* Threads that run a goroutine without a worker. */
uint32_t weft__retake_at_large(void);

/* The calling thread, which has no worker, is about to use what belongs to the core or to workers,
 * and has done so: no biased lock is taken by a store meanwhile. false: not at this moment. */
WEFT_NODISCARD bool weft__retake_enter(void);
void weft__retake_leave(void);

/* The threads of *ret. */
void weft__retake_count(weft_stats *ret);

/* The monitor's: give w to another thread, if the one that it has is not inside of our functions.
 * false: it is, or there is no other thread. */
bool weft__retake_take(weft__worker *w);

/* t, which holds, is about to block: somebody else gets its worker, if there is a thread. */
void weft__retake_give_up(weft__thread *t);

#endif
