/* real_time.h: the real clock, for the simulator itself: no run depends on it. */
#ifndef WEFT_SIM_REAL_TIME_H
#define WEFT_SIM_REAL_TIME_H

#include <stdint.h>
#include <time.h>

#include <weft.h>

/* Nanoseconds of the monotonic clock. */
static inline int64_t weft__real_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * WEFT_SECOND + now.tv_nsec;
}

#endif
