/* atomic.h: the only place where the core touches memory atomically.
 *
 * One wrapper for each operation and memory order that is used, with the order in its name, so that
 * every ordering in the tree can be found by searching for it. */
#ifndef WEFT_CORE_ATOMIC_H
#define WEFT_CORE_ATOMIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the few functions that every operation goes through: a call costs more than what they do. */
#define WEFT__ALWAYS_INLINE inline __attribute__((always_inline))

static inline uint32_t weft__load_relaxed(const uint32_t *p)
{
    return __atomic_load_n(p, __ATOMIC_RELAXED);
}

static inline uint32_t weft__load_acquire(const uint32_t *p)
{
    return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline void weft__store_relaxed(uint32_t *p, uint32_t value)
{
    __atomic_store_n(p, value, __ATOMIC_RELAXED);
}

static inline void weft__store_release(uint32_t *p, uint32_t value)
{
    __atomic_store_n(p, value, __ATOMIC_RELEASE);
}

/* Sizes, flags and pointers that are written under a lock and may be looked at without it. */

static inline size_t weft__load_size_acquire(const size_t *p)
{
    return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline void weft__store_size_release(size_t *p, size_t value)
{
    __atomic_store_n(p, value, __ATOMIC_RELEASE);
}

static inline bool weft__load_bool_acquire(const bool *p)
{
    return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline void weft__store_bool_relaxed(bool *p, bool value)
{
    __atomic_store_n(p, value, __ATOMIC_RELAXED);
}

static inline void weft__store_bool_release(bool *p, bool value)
{
    __atomic_store_n(p, value, __ATOMIC_RELEASE);
}

/* Of a pointer to any type. */
#define weft__load_pointer_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define weft__load_pointer_relaxed(p) __atomic_load_n((p), __ATOMIC_RELAXED)
#define weft__store_pointer_relaxed(p, value) __atomic_store_n((p), (value), __ATOMIC_RELAXED)
#define weft__store_pointer_release(p, value) __atomic_store_n((p), (value), __ATOMIC_RELEASE)

static inline uint32_t weft__exchange_acq_rel(uint32_t *p, uint32_t value)
{
    return __atomic_exchange_n(p, value, __ATOMIC_ACQ_REL);
}

/* Returns whether *p was `expected` and is now `desired`. Acquire on success, relaxed on
 * failure. */
static inline bool weft__cas_acquire(uint32_t *p, uint32_t expected, uint32_t desired)
{
    return __atomic_compare_exchange_n(p, &expected, desired, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

static inline bool weft__cas_acq_rel(uint32_t *p, uint32_t expected, uint32_t desired)
{
    return __atomic_compare_exchange_n(p, &expected, desired, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}

/* Both return the new value. */
static inline uint32_t weft__add_acq_rel(uint32_t *p, uint32_t value)
{
    return __atomic_add_fetch(p, value, __ATOMIC_ACQ_REL);
}

static inline uint32_t weft__sub_acq_rel(uint32_t *p, uint32_t value)
{
    return __atomic_sub_fetch(p, value, __ATOMIC_ACQ_REL);
}

#endif
