/* tsan.c: the callbacks for plain accesses that compilers emit with -fsanitize=thread.
 *
 * They tell watch.h what is about to happen, then the program does it. The names and types are
 * those of LLVM's and GCC's thread sanitizers. */
#include "race/watch.h"

#define PC __builtin_return_address(0)

#define CALLBACK(name, size, writes)                                                               \
    void name(void *address);                                                                      \
    void name(void *address)                                                                       \
    {                                                                                              \
        weft__saw(address, size, writes, PC);                                                      \
    }

#define BOTH(name, size)                                                                           \
    void name(void *address);                                                                      \
    void name(void *address)                                                                       \
    {                                                                                              \
        weft__saw(address, size, false, PC);                                                       \
        weft__saw(address, size, true, PC);                                                        \
    }

#define OF_SIZE(size)                                                                              \
    CALLBACK(__tsan_read##size, size, false)                                                       \
    CALLBACK(__tsan_write##size, size, true)                                                       \
    CALLBACK(__tsan_volatile_read##size, size, false)                                              \
    CALLBACK(__tsan_volatile_write##size, size, true)                                              \
    CALLBACK(__tsan_unaligned_read##size, size, false)                                             \
    CALLBACK(__tsan_unaligned_write##size, size, true)                                             \
    CALLBACK(__tsan_unaligned_volatile_read##size, size, false)                                    \
    CALLBACK(__tsan_unaligned_volatile_write##size, size, true)                                    \
    BOTH(__tsan_read_write##size, size)                                                            \
    BOTH(__tsan_unaligned_read_write##size, size)

OF_SIZE(1)
OF_SIZE(2)
OF_SIZE(4)
OF_SIZE(8)
OF_SIZE(16)

#define RANGE(name, writes)                                                                        \
    void name(void *address, unsigned long size);                                                  \
    void name(void *address, unsigned long size)                                                   \
    {                                                                                              \
        weft__saw(address, size, writes, PC);                                                      \
    }

RANGE(__tsan_read_range, false)
RANGE(__tsan_write_range, true)

/* ---- Nothing to see ---- */

/* What they are called with does not matter: it is passed in registers. Those of mutexes
 * and fibers are called by programs that test __SANITIZE_THREAD__. */
#define IGNORED(name)                                                                              \
    int name(void);                                                                                \
    int name(void)                                                                                 \
    {                                                                                              \
        return 0;                                                                                  \
    }

IGNORED(__tsan_func_entry)
IGNORED(__tsan_func_exit)
IGNORED(__tsan_ignore_thread_begin)
IGNORED(__tsan_ignore_thread_end)
IGNORED(__tsan_vptr_read)
IGNORED(__tsan_vptr_update)
IGNORED(__tsan_acquire)
IGNORED(__tsan_release)
IGNORED(__tsan_mutex_create)
IGNORED(__tsan_mutex_destroy)
IGNORED(__tsan_mutex_pre_lock)
IGNORED(__tsan_mutex_post_lock)
IGNORED(__tsan_mutex_post_unlock)
IGNORED(__tsan_mutex_pre_signal)
IGNORED(__tsan_mutex_post_signal)
IGNORED(__tsan_mutex_pre_divert)
IGNORED(__tsan_mutex_post_divert)
IGNORED(__tsan_mutex_pre_unlock)
IGNORED(__tsan_get_current_fiber)
IGNORED(__tsan_create_fiber)
IGNORED(__tsan_destroy_fiber)
IGNORED(__tsan_switch_to_fiber)
IGNORED(__tsan_set_fiber_name)

/* Each instrumented file calls it before main. */
void __tsan_init(void);
void __tsan_init(void)
{
    weft__the_watch.instrumented = true;
}
