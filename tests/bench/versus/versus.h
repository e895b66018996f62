/* versus.h: the benchmarks that have a twin in Go (go/), and what they share.
 *
 * Each is a function that is called as main of a run with the environment's settings and returns
 * one number, in the unit that versus.tsv gives. Both sides do the same operations equally often,
 * and warm up first where it matters. */
#ifndef WEFT_BENCH_VERSUS_H
#define WEFT_BENCH_VERSUS_H

#include <weft.h>

#include <stdint.h>

/* Nanoseconds: of the CPU that the process has used where VERSUS_CLOCK=cpu, else real ones. */
int64_t stopwatch_ns(void);

/* Start a goroutine, or end the program. */
#define GO(fn, arg) start(#fn, fn, arg)
void start(const char *name, weft_fn *fn, void *arg);

/* An unbuffered or buffered channel of int64_t, or the end of the program. */
weft_chan *make_chan(size_t capacity);

static inline void send(weft_chan *ch, int64_t value)
{
    weft_chan_send(ch, &value);
}

static inline int64_t receive(weft_chan *ch)
{
    int64_t value = 0;
    (void)weft_chan_recv(ch, &value);
    return value;
}

/* switching.c */
double bench_yield(void);
double bench_spawn_join(void);
double bench_spawn_one(void);
double bench_fib24(void);
double bench_fib38(void);
double bench_mutex_8(void);

/* passing.c */
double bench_ping_pong(void);
double bench_stream(void);
double bench_buffered_1p1c(void);
double bench_buffered_4p4c(void);
double bench_ring(void);
double bench_select_8(void);
double bench_try_select(void);
double bench_try_recv(void);
double bench_sieve(void);

/* latency.c */
double bench_late_p50(void);
double bench_late_p99(void);
double bench_queued_p99(void);
double bench_sleepers(void);
double bench_parked(void);
double bench_parked_million(void);
double bench_wrapped_call(void);
double bench_blocking_calls(void);

#endif
