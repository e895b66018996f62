/* tsan_atomics.c: the callbacks for atomics that compilers emit with -fsanitize=thread. Their
 * orders are numbered like memory_order. */
#include "race/atomics.h"

#define PC __builtin_return_address(0)
#define ATOMIC(address, type)                                                                      \
    ((weft__atomic){(volatile void *)(uintptr_t)(address), sizeof(type), PC})

#include <stdint.h>

__extension__ typedef unsigned __int128 uint128_t;

#define MODIFY(bits, name, how)                                                                    \
    uint##bits##_t __tsan_atomic##bits##_##name(volatile uint##bits##_t *address,                  \
                                                uint##bits##_t value, int order);                  \
    uint##bits##_t __tsan_atomic##bits##_##name(volatile uint##bits##_t *address,                  \
                                                uint##bits##_t value, int order)                   \
    {                                                                                              \
        return (uint##bits##_t)weft__atomic_modify(ATOMIC(address, *address), how, value, order);  \
    }

#define COMPARE_EXCHANGE(bits, strength, is_weak)                                                  \
    int __tsan_atomic##bits##_compare_exchange_##strength(                                         \
        volatile uint##bits##_t *address, uint##bits##_t *expected, uint##bits##_t desired,        \
        int success, int failure);                                                                 \
    int __tsan_atomic##bits##_compare_exchange_##strength(                                         \
        volatile uint##bits##_t *address, uint##bits##_t *expected, uint##bits##_t desired,        \
        int success, int failure)                                                                  \
    {                                                                                              \
        weft__bits old;                                                                            \
        const weft__comparison c = {*expected, desired, success, failure, is_weak};                \
        const bool done = weft__atomic_compare_exchange(ATOMIC(address, *address), &c, &old);      \
        if (!done) {                                                                               \
            *expected = (uint##bits##_t)old;                                                       \
        }                                                                                          \
        return done;                                                                               \
    }

#define OF_SIZE(bits)                                                                              \
    uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *address, int order);  \
    uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *address, int order)   \
    {                                                                                              \
        return (uint##bits##_t)weft__atomic_load(ATOMIC(address, *address), order);                \
    }                                                                                              \
    void __tsan_atomic##bits##_store(volatile uint##bits##_t *address, uint##bits##_t value,       \
                                     int order);                                                   \
    void __tsan_atomic##bits##_store(volatile uint##bits##_t *address, uint##bits##_t value,       \
                                     int order)                                                    \
    {                                                                                              \
        weft__atomic_store(ATOMIC(address, *address), value, order);                               \
    }                                                                                              \
    MODIFY(bits, exchange, WEFT__EXCHANGE)                                                         \
    MODIFY(bits, fetch_add, WEFT__FETCH_ADD)                                                       \
    MODIFY(bits, fetch_sub, WEFT__FETCH_SUB)                                                       \
    MODIFY(bits, fetch_and, WEFT__FETCH_AND)                                                       \
    MODIFY(bits, fetch_or, WEFT__FETCH_OR)                                                         \
    MODIFY(bits, fetch_xor, WEFT__FETCH_XOR)                                                       \
    MODIFY(bits, fetch_nand, WEFT__FETCH_NAND)                                                     \
    COMPARE_EXCHANGE(bits, strong, false)                                                          \
    COMPARE_EXCHANGE(bits, weak, true)                                                             \
    uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(                                     \
        volatile uint##bits##_t *address, uint##bits##_t expected, uint##bits##_t desired,         \
        int success, int failure);                                                                 \
    uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(                                     \
        volatile uint##bits##_t *address, uint##bits##_t expected, uint##bits##_t desired,         \
        int success, int failure)                                                                  \
    {                                                                                              \
        weft__bits old;                                                                            \
        const weft__comparison c = {expected, desired, success, failure, false};                   \
        (void)weft__atomic_compare_exchange(ATOMIC(address, *address), &c, &old);                  \
        return (uint##bits##_t)old;                                                                \
    }

OF_SIZE(8)
OF_SIZE(16)
OF_SIZE(32)
OF_SIZE(64)
OF_SIZE(128)

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
    weft__atomic_fence(order, PC);
}

void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order)
{
    (void)order; /* there are no signals */
}
