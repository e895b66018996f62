/* futex.c: see futex.h. */
#include "futex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <weft.h>

void weft__futex_wait(uint32_t *word, uint32_t value, int64_t until_ns)
{
    const struct timespec until = {.tv_sec = until_ns / WEFT_SECOND,
                                   .tv_nsec = until_ns % WEFT_SECOND};
    (void)syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, value,
                  until_ns == WEFT_NEVER ? NULL : &until, NULL, FUTEX_BITSET_MATCH_ANY);
}

void weft__futex_wake(uint32_t *word)
{
    (void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
