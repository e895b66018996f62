/* asan.h: functions of AddressSanitizer: there where the program is linked with it, whether or not
 * Weft is compiled with it; else NULL. */
#ifndef WEFT_CORE_ARCH_ASAN_H
#define WEFT_CORE_ARCH_ASAN_H

#include <stddef.h>

#define WEFT__WEAK __attribute__((weak))

extern void __sanitizer_start_switch_fiber(void **fake_stack, const void *low,
                                           size_t size) WEFT__WEAK;
extern void __sanitizer_finish_switch_fiber(void *fake_stack, const void **ret_low,
                                            size_t *ret_size) WEFT__WEAK;
extern void __asan_poison_memory_region(const volatile void *start, size_t size) WEFT__WEAK;
extern void __asan_unpoison_memory_region(const volatile void *start, size_t size) WEFT__WEAK;

#endif
