/* atomic64.h: what the scheduler needs beyond core/atomic.h: 64 bits, pointers and the full fence.
 *
 * As there: one wrapper for each operation and order in use, with the order in its name. */
#ifndef WEFT_SCHED_ATOMIC64_H
#define WEFT_SCHED_ATOMIC64_H

#include "core/atomic.h"

static inline int64_t weft__load64_relaxed(const int64_t *p)
{
    return __atomic_load_n(p, __ATOMIC_RELAXED);
}

static inline void weft__store64_relaxed(int64_t *p, int64_t value)
{
    __atomic_store_n(p, value, __ATOMIC_RELAXED);
}

static inline uint64_t weft__load_count_relaxed(const uint64_t *count)
{
    return __atomic_load_n(count, __ATOMIC_RELAXED);
}

/* For a count that one thread at a time adds to, and others only read: no read-modify-write. */
static inline void weft__add_count_relaxed(uint64_t *count, uint64_t value)
{
    __atomic_store_n(count, __atomic_load_n(count, __ATOMIC_RELAXED) + value, __ATOMIC_RELAXED);
}

/* Returns the old value. */
static inline uint64_t weft__fetch_add64_relaxed(uint64_t *p, uint64_t value)
{
    return __atomic_fetch_add(p, value, __ATOMIC_RELAXED);
}

/* Everything before it is ordered with everything behind it, a store with a later load too. Two
 * threads that each store, fence, and load what the other has stored cannot both miss it. */
static inline void weft__fence_seq_cst(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* The same behind an exchange, which on x86 is such a fence itself. */
static inline void weft__fence_behind_exchange(void)
{
#if defined(__x86_64__)
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
#else
    weft__fence_seq_cst();
#endif
}

/* Let the other hyper-thread have the core for a moment. */
static inline void weft__pause(void)
{
#if defined(__x86_64__)
    __asm__ volatile("pause" ::: "memory");
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#endif
}

/* Goroutine pointers. */
struct weft__g;

static inline struct weft__g *weft__exchange_g_acq_rel(struct weft__g **p, struct weft__g *g)
{
    return __atomic_exchange_n(p, g, __ATOMIC_ACQ_REL);
}

static inline bool weft__cas_g_acquire(struct weft__g **p, struct weft__g *expected,
                                       struct weft__g *desired)
{
    return __atomic_compare_exchange_n(p, &expected, desired, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

#endif
