/* passing.c: what it costs to pass values on. go/passing.go is its twin. */
#include "versus.h"

typedef struct pipe {
    weft_chan *in;
    weft_chan *out;
    int count;
    weft_waitgroup *group; /* NULL: nobody waits for its end */
} pipe_;

static void finish(const pipe_ *p)
{
    if (p->group != NULL) {
        weft_waitgroup_done(p->group);
    }
}

/* Whatever comes in goes out. */
static void forward(void *arg)
{
    const pipe_ *const p = arg;
    for (int i = 0; i < p->count; i++) {
        send(p->out, receive(p->in));
    }
    finish(p);
}

static void produce(void *arg)
{
    const pipe_ *const p = arg;
    for (int i = 0; i < p->count; i++) {
        send(p->out, i);
    }
    finish(p);
}

static void consume(void *arg)
{
    const pipe_ *const p = arg;
    for (int i = 0; i < p->count; i++) {
        (void)receive(p->in);
    }
    finish(p);
}

/* ---- there and back ---- */

enum { ROUNDS = 1000000 };

double bench_ping_pong(void)
{
    static pipe_ p;
    p = (pipe_){.in = make_chan(0), .out = make_chan(0), .count = ROUNDS};
    const int64_t start_ns = stopwatch_ns();
    GO(forward, &p);
    for (int i = 0; i < ROUNDS; i++) {
        send(p.in, i);
        (void)receive(p.out);
    }
    return (double)(stopwatch_ns() - start_ns) / ROUNDS;
}

/* ---- one way ---- */

static double time_stream(size_t capacity, int pairs, int total)
{
    weft_chan *const ch = make_chan(capacity);
    weft_waitgroup group = {0};
    pipe_ p = {.in = ch, .out = ch, .count = total / pairs, .group = &group};
    weft_waitgroup_add(&group, 2 * (int64_t)pairs);
    const int64_t start_ns = stopwatch_ns();
    for (int i = 0; i < pairs; i++) {
        GO(produce, &p);
        GO(consume, &p);
    }
    weft_waitgroup_wait(&group);
    return (double)(stopwatch_ns() - start_ns) / total;
}

double bench_stream(void)
{
    return time_stream(0, 1, 2000000);
}

double bench_buffered_1p1c(void)
{
    return time_stream(128, 1, 8000000);
}

double bench_buffered_4p4c(void)
{
    return time_stream(128, 4, 8000000);
}

/* ---- a token in a ring ---- */

enum { RING = 10000, TURNS = 100 };

double bench_ring(void)
{
    static pipe_ pipes[RING];
    weft_chan *const first = make_chan(0);
    weft_chan *in = first;
    for (int i = 0; i < RING; i++) {
        weft_chan *const out = make_chan(0);
        pipes[i] = (pipe_){.in = in, .out = out, .count = TURNS + 1};
        GO(forward, &pipes[i]);
        in = out;
    }
    send(first, 0);
    (void)receive(in);
    const int64_t start_ns = stopwatch_ns();
    for (int i = 0; i < TURNS; i++) {
        send(first, i);
        (void)receive(in);
    }
    return (double)(stopwatch_ns() - start_ns) / ((double)RING * TURNS);
}

/* ---- select ---- */

enum { SOURCES = 8, SELECTS = 1000000, TRIES = 20000000 };

double bench_select_8(void)
{
    static pipe_ pipes[SOURCES];
    int64_t value = 0;
    for (int i = 0; i < SOURCES; i++) {
        pipes[i] = (pipe_){.out = make_chan(0), .count = SELECTS};
    }
    const int64_t start_ns = stopwatch_ns();
    for (int i = 0; i < SOURCES; i++) {
        GO(produce, &pipes[i]);
    }
    for (int i = 0; i < SELECTS; i++) {
        weft_case cases[SOURCES];
        for (int k = 0; k < SOURCES; k++) {
            cases[k] = WEFT_RECV(pipes[k].out, &value);
        }
        (void)weft_select(cases, SOURCES);
    }
    return (double)(stopwatch_ns() - start_ns) / SELECTS;
}

/* A channel that is empty, and a default. */
double bench_try_select(void)
{
    weft_chan *const ch = make_chan(0);
    int64_t value = 0;
    const int64_t start_ns = stopwatch_ns();
    for (int i = 0; i < TRIES; i++) {
        weft_case cases[] = {WEFT_RECV(ch, &value), WEFT_DEFAULT};
        (void)weft_select(cases, 2);
    }
    return (double)(stopwatch_ns() - start_ns) / TRIES;
}

/* The same by the call that is there for it. */
double bench_try_recv(void)
{
    weft_chan *const ch = make_chan(0);
    int64_t value = 0;
    const int64_t start_ns = stopwatch_ns();
    for (int i = 0; i < TRIES; i++) {
        (void)weft_chan_try_recv(ch, &value);
    }
    return (double)(stopwatch_ns() - start_ns) / TRIES;
}

/* ---- the sieve: each prime is a goroutine that passes on what it does not divide ---- */

enum { PRIMES = 2000, LAST_PRIME = 17389 };

typedef struct filter {
    weft_chan *in;
    weft_chan *out;
    int64_t prime;
} filter;

static void generate(void *out)
{
    for (int64_t i = 2;; i++) {
        send(out, i);
    }
}

static void sift(void *arg)
{
    const filter *const f = arg;
    for (;;) {
        const int64_t i = receive(f->in);
        if (i % f->prime != 0) {
            send(f->out, i);
        }
    }
}

double bench_sieve(void)
{
    static filter filters[PRIMES];
    const int64_t start_ns = stopwatch_ns();
    weft_chan *in = make_chan(0);
    GO(generate, in);
    for (int i = 0; i < PRIMES; i++) {
        filters[i] = (filter){.in = in, .out = make_chan(0), .prime = receive(in)};
        GO(sift, &filters[i]);
        in = filters[i].out;
    }
    const double took_ms = (double)(stopwatch_ns() - start_ns) / 1e6;
    return filters[PRIMES - 1].prime == LAST_PRIME ? took_ms : -1;
}
