/* fiber.c: fresh fibers. The layouts are those of fiber_x86_64.h and fiber_aarch64.S. */
#include "fiber.h"

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
enum { SAVED_SIZE = 48, CONTROL = 0, ENTRY = 24, ARGUMENT = 32, RETURN = 16 };
#elif defined(__aarch64__)
enum { SAVED_SIZE = 176, CONTROL = 160, ENTRY = 0, ARGUMENT = 8, RETURN = 88 };
#else
#error "weft: no context switch for this processor; see runtime/core/arch"
#endif

_Static_assert(SAVED_SIZE % 16 == 0, "the stack stays aligned");
_Static_assert(RETURN + sizeof(void *) <= SAVED_SIZE, "the return address is saved");

static uint64_t control_words(void)
{
#if defined(__x86_64__)
    uint32_t mxcsr = 0;
    uint16_t x87 = 0;
    __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr), "=m"(x87));
    return (uint64_t)mxcsr << 32 | x87;
#else
    uint64_t fpcr = 0;
    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    return fpcr;
#endif
}

static void put(char *saved, size_t offset, uint64_t value)
{
    memcpy(saved + offset, &value, sizeof value);
}

void weft__fiber_make(weft__fiber *fiber, void *low, size_t size, void (*entry)(void *arg),
                      void *arg)
{
    char *const top = (char *)low + (size & ~(size_t)15);
    char *const saved = top - 16 - SAVED_SIZE; /* 16: a zero return address for debuggers */
    memset(saved, 0, SAVED_SIZE + 16);
    put(saved, CONTROL, control_words());
    put(saved, ENTRY, (uint64_t)(uintptr_t)entry);
    put(saved, ARGUMENT, (uint64_t)(uintptr_t)arg);
    put(saved, RETURN, (uint64_t)(uintptr_t)&weft__fiber_start);
    *fiber = (weft__fiber){.sp = saved};
    fiber->stack_low = low;
    fiber->stack_size = size;
    if (__asan_unpoison_memory_region != NULL) {
        __asan_unpoison_memory_region(low, size); /* what earlier frames left behind */
    }
#ifdef WEFT__TSAN
    fiber->tsan_fiber = __tsan_create_fiber(0);
#endif
}

void weft__fiber_adopt(weft__fiber *fiber)
{
    *fiber = (weft__fiber){.sp = NULL};
#ifdef WEFT__TSAN
    fiber->tsan_fiber = __tsan_get_current_fiber();
#endif
}

void weft__fiber_drop(weft__fiber *fiber)
{
#ifdef WEFT__TSAN
    if (fiber->tsan_fiber != NULL) {
        __tsan_destroy_fiber(fiber->tsan_fiber);
    }
#endif
    *fiber = (weft__fiber){.sp = NULL};
}

void weft__fiber_tell_start(weft__fiber *from, const weft__fiber *to, bool last)
{
    __sanitizer_start_switch_fiber(last ? NULL : &from->asan_fake_stack, to->stack_low,
                                   to->stack_size);
}

void weft__fiber_tell_arrived(weft__fiber *self, weft__fiber *from)
{
    const void *low = NULL;
    size_t size = 0;
    __sanitizer_finish_switch_fiber(self->asan_fake_stack, &low, &size);
    if (from != NULL && from->stack_low == NULL) {
        from->stack_low = low;
        from->stack_size = size;
    }
}
