/* libc_time.c: libc's clocks and sleeps, answered by the simulator's clock to what runs in it.
 *
 * INVARIANTS
 *   - In a run every clock of libc is weft_now; those that tell the date add 2000-01-01, 0:00 UTC.
 *   - Whoever looks at a clock or sleeps takes a step of the run. */
#include <errno.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include <timer.h>

#include "wrap.h"

#define DATE_NS (INT64_C(946684800) * WEFT_SECOND)
#define MICROSECOND INT64_C(1000)

static int64_t now_ns(const void *pc)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_NOW, .site = pc);
    return weft__clock();
}

static struct timespec timespec_of(int64_t ns)
{
    return (struct timespec){.tv_sec = ns / WEFT_SECOND, .tv_nsec = ns % WEFT_SECOND};
}

static bool tells_date(clockid_t clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

WRAP(time_t, time, (time_t * ret_time))
{
    if (!WEFT__SIMULATED()) {
        return __real_time(ret_time);
    }
    const time_t now = (DATE_NS + now_ns(PC)) / WEFT_SECOND;
    if (ret_time != NULL) {
        weft__libc_writes(ret_time, sizeof *ret_time, PC);
        *ret_time = now;
    }
    return now;
}

WRAP(int, gettimeofday, (struct timeval * ret_time, void *zone))
{
    if (!WEFT__SIMULATED()) {
        return __real_gettimeofday(ret_time, zone);
    }
    const int64_t us = (DATE_NS + now_ns(PC)) / MICROSECOND;
    weft__libc_writes(ret_time, sizeof *ret_time, PC);
    *ret_time = (struct timeval){.tv_sec = us / 1000000, .tv_usec = us % 1000000};
    return 0;
}

WRAP(int, clock_gettime, (clockid_t clock, struct timespec *ret_time))
{
    if (!WEFT__SIMULATED()) {
        return __real_clock_gettime(clock, ret_time);
    }
    const int64_t ns = now_ns(PC);
    weft__libc_writes(ret_time, sizeof *ret_time, PC);
    *ret_time = timespec_of(tells_date(clock) ? DATE_NS + ns : ns);
    return 0;
}

WRAP(int, timespec_get, (struct timespec * ret_time, int base))
{
    if (!WEFT__SIMULATED() || base != TIME_UTC) {
        return __real_timespec_get(ret_time, base);
    }
    const int64_t ns = now_ns(PC);
    weft__libc_writes(ret_time, sizeof *ret_time, PC);
    *ret_time = timespec_of(DATE_NS + ns);
    return base;
}

WRAP(clock_t, clock, (void))
{
    if (!WEFT__SIMULATED()) {
        return __real_clock();
    }
    return now_ns(PC) / (WEFT_SECOND / CLOCKS_PER_SEC);
}

/* ---- Sleeping ---- */

static bool is_valid(const struct timespec *time)
{
    return time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec < WEFT_SECOND;
}

static int64_t ns_of(const struct timespec *time)
{
    int64_t ns = 0;
    const bool too_long = __builtin_mul_overflow((int64_t)time->tv_sec, WEFT_SECOND, &ns) ||
                          __builtin_add_overflow(ns, (int64_t)time->tv_nsec, &ns);
    return too_long ? INT64_MAX : ns;
}

WRAP(int, nanosleep, (const struct timespec *duration, struct timespec *ret_rest))
{
    if (!WEFT__SIMULATED()) {
        return __real_nanosleep(duration, ret_rest);
    }
    weft__libc_reads(duration, sizeof *duration, PC);
    if (!is_valid(duration)) {
        errno = EINVAL;
        return -1;
    }
    weft__sleep(weft__self(), ns_of(duration), PC);
    return 0;
}

WRAP(int, clock_nanosleep,
     (clockid_t clock, int flags, const struct timespec *until, struct timespec *ret_rest))
{
    if (!WEFT__SIMULATED()) {
        return __real_clock_nanosleep(clock, flags, until, ret_rest);
    }
    weft__libc_reads(until, sizeof *until, PC);
    if (!is_valid(until)) {
        return EINVAL;
    }
    const int64_t start_ns = tells_date(clock) ? DATE_NS : 0;
    const bool absolute = (flags & TIMER_ABSTIME) != 0;
    weft__sleep(weft__self(), ns_of(until) - (absolute ? start_ns + weft__clock() : 0), PC);
    return 0;
}

WRAP(int, thrd_sleep, (const struct timespec *duration, struct timespec *ret_rest))
{
    if (!WEFT__SIMULATED()) {
        return __real_thrd_sleep(duration, ret_rest);
    }
    weft__libc_reads(duration, sizeof *duration, PC);
    if (!is_valid(duration)) {
        return -2;
    }
    weft__sleep(weft__self(), ns_of(duration), PC);
    return 0;
}

WRAP(int, usleep, (useconds_t us))
{
    if (!WEFT__SIMULATED()) {
        return __real_usleep(us);
    }
    weft__sleep(weft__self(), us * MICROSECOND, PC);
    return 0;
}

WRAP(unsigned, sleep, (unsigned seconds))
{
    if (!WEFT__SIMULATED()) {
        return __real_sleep(seconds);
    }
    weft__sleep(weft__self(), seconds * WEFT_SECOND, PC);
    return 0;
}

/* ---- Letting others run ---- */

static void yield(const void *pc)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_YIELD, .site = pc);
    weft__yield(self);
}

WRAP(int, sched_yield, (void))
{
    if (!WEFT__SIMULATED()) {
        return __real_sched_yield();
    }
    yield(PC);
    return 0;
}

WRAP(void, thrd_yield, (void))
{
    if (!WEFT__SIMULATED()) {
        __real_thrd_yield();
        return;
    }
    yield(PC);
}
