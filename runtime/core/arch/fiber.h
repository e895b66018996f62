/* fiber.h: what is saved of a goroutine that does not run, and the switch.
 *
 * INVARIANTS
 *   - weft__fiber_jump (fiber_x86_64.h, fiber_aarch64.S) saves the floating-point control words and
 *     what a call must preserve on the old stack, stores the stack pointer in *save_sp and goes on
 *     from load_sp. To the compiler it is an ordinary call, or a statement that loses as much.
 *   - A fresh fiber starts in `entry` with `arg`, on a 16-byte aligned stack, with return address
 *     and frame pointer 0 and the unwinder told so, where backtraces end.
 *   - Under ASan and TSan each switch is announced; weft__fiber_arrived is the first thing that
 *     runs on the new stack. */
#ifndef WEFT_CORE_ARCH_FIBER_H
#define WEFT_CORE_ARCH_FIBER_H

#include <stdbool.h>
#include <stddef.h>

#include "asan.h"

#if defined(__SANITIZE_THREAD__)
#define WEFT__TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WEFT__TSAN 1
#endif
#endif

#ifdef WEFT__TSAN
#include <sanitizer/tsan_interface.h>
#endif

typedef struct weft__fiber {
    void *sp;
    const void *stack_low; /* these three are for AddressSanitizer. The thread's own stack: learnt
                              at the first switch away from it */
    size_t stack_size;
    void *asan_fake_stack;
#ifdef WEFT__TSAN
    void *tsan_fiber;
#endif
} weft__fiber;

#if defined(__x86_64__)
#include "fiber_x86_64.h"
#else
void weft__fiber_jump(void **save_sp, void *load_sp);
#endif
void weft__fiber_start(void); /* the first frame of a fresh fiber: calls entry(arg) */

/* A fiber that will call entry(arg) on the stack [low, low + size). entry must not return. */
void weft__fiber_make(weft__fiber *fiber, void *low, size_t size, void (*entry)(void *arg),
                      void *arg);

/* The fiber of the calling thread's own stack, for switching back to it. */
void weft__fiber_adopt(weft__fiber *fiber);

/* Forget a fiber that will not run again. */
void weft__fiber_drop(weft__fiber *fiber);

/* To AddressSanitizer. */
void weft__fiber_tell_start(weft__fiber *from, const weft__fiber *to, bool last);
void weft__fiber_tell_arrived(weft__fiber *self, weft__fiber *from);

static inline bool weft__fibers_are_told_of(void)
{
    return __builtin_expect(__sanitizer_start_switch_fiber != NULL, 0);
}

static inline void weft__fiber_arrived(weft__fiber *self, weft__fiber *from)
{
    if (weft__fibers_are_told_of()) {
        weft__fiber_tell_arrived(self, from);
    }
}

/* Switch from `from`, which runs, to `to`. With `last`, from will not run again. Returns when
 * something switches back to `from`; the caller then calls weft__fiber_arrived. */
static inline void weft__fiber_switch(weft__fiber *from, weft__fiber *to, bool last)
{
    if (weft__fibers_are_told_of()) {
        weft__fiber_tell_start(from, to, last);
    }
#ifdef WEFT__TSAN
    __tsan_switch_to_fiber(to->tsan_fiber, 0);
#endif
    weft__fiber_jump(&from->sp, to->sp);
}

#endif
