/* libc_random.c: libc's random numbers, answered in a run by the simulator.
 *
 * INVARIANTS
 *   - What a run draws is a function of the exploration's seed and the run's number, and of the
 *     seeds that the program sets: equal seeds, equal numbers within a run.
 *   - The generators start anew with each run. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "hash.h"
#include "heap/heap.h"
#include "wrap.h"

typedef struct weft__generator {
    uint64_t state;
    uint64_t epoch; /* the run that it belongs to */
} weft__generator;

static weft__generator of_rand;
static weft__generator of_drand;

/* Drawn once in a run. */
static uint64_t key(void)
{
    static weft__generator of_key;
    if (of_key.epoch != weft__the_heap.epoch) {
        of_key = (weft__generator){.state = weft_random(), .epoch = weft__the_heap.epoch};
    }
    return of_key.state;
}

static void seed(weft__generator *generator, uint64_t number)
{
    *generator =
        (weft__generator){.state = weft__mix(key(), number), .epoch = weft__the_heap.epoch};
}

static uint64_t next(weft__generator *generator)
{
    if (generator->epoch != weft__the_heap.epoch) {
        seed(generator, 1); /* as if seeded with 1, as C has it */
    }
    generator->state += UINT64_C(0x9e3779b97f4a7c15);
    return weft__mix(generator->state, 0);
}

/* ---- rand, random ---- */

static long next_31_bits(void)
{
    return (long)(next(&of_rand) >> 33);
}

WRAP(int, rand, (void))
{
    return WEFT__SIMULATED() ? (int)next_31_bits() : __real_rand();
}

WRAP(void, srand, (unsigned number))
{
    if (WEFT__SIMULATED()) {
        seed(&of_rand, number);
    } else {
        __real_srand(number);
    }
}

WRAP(long, random, (void))
{
    return WEFT__SIMULATED() ? next_31_bits() : __real_random();
}

WRAP(void, srandom, (unsigned number))
{
    if (WEFT__SIMULATED()) {
        seed(&of_rand, number);
    } else {
        __real_srandom(number);
    }
}

/* A function of its argument: libc's will do. */
WRAP(int, rand_r, (unsigned *state))
{
    weft__libc_reads(state, sizeof *state, PC);
    weft__libc_writes(state, sizeof *state, PC);
    return __real_rand_r(state);
}

/* ---- drand48 and its kin ---- */

WRAP(double, drand48, (void))
{
    return WEFT__SIMULATED() ? (double)(next(&of_drand) >> 11) / (double)(UINT64_C(1) << 53)
                             : __real_drand48();
}

WRAP(long, lrand48, (void))
{
    return WEFT__SIMULATED() ? (long)(next(&of_drand) >> 33) : __real_lrand48();
}

WRAP(long, mrand48, (void))
{
    return WEFT__SIMULATED() ? (long)(int32_t)(next(&of_drand) >> 32) : __real_mrand48();
}

WRAP(void, srand48, (long number))
{
    if (WEFT__SIMULATED()) {
        seed(&of_drand, (uint64_t)number);
    } else {
        __real_srand48(number);
    }
}

/* ---- From the system ---- */

static void fill(void *buffer, size_t size)
{
    char *to = buffer;
    for (size_t done = 0; done < size; done += sizeof(uint64_t)) {
        const uint64_t bits = weft_random();
        const size_t rest = size - done;
        memcpy(to + done, &bits, rest < sizeof bits ? rest : sizeof bits);
    }
}

WRAP(ssize_t, getrandom, (void *buffer, size_t size, unsigned flags))
{
    weft__libc_writes(buffer, size, PC);
    if (!WEFT__SIMULATED()) {
        return __real_getrandom(buffer, size, flags);
    }
    fill(buffer, size);
    return (ssize_t)size;
}

WRAP(int, getentropy, (void *buffer, size_t size))
{
    enum { ENTROPY_MAX = 256 };
    weft__libc_writes(buffer, size, PC);
    if (!WEFT__SIMULATED()) {
        return __real_getentropy(buffer, size);
    }
    if (size > ENTROPY_MAX) {
        errno = EIO;
        return -1;
    }
    fill(buffer, size);
    return 0;
}

/* Since glibc 2.36: without them nobody calls these. */
#pragma weak __real_arc4random
#pragma weak __real_arc4random_uniform
#pragma weak __real_arc4random_buf

WRAP(uint32_t, arc4random, (void))
{
    return WEFT__SIMULATED() ? (uint32_t)weft_random() : __real_arc4random();
}

WRAP(uint32_t, arc4random_uniform, (uint32_t count))
{
    if (!WEFT__SIMULATED()) {
        return __real_arc4random_uniform(count);
    }
    return (uint32_t)((weft_random() >> 32) * count >> 32);
}

WRAP(void, arc4random_buf, (void *buffer, size_t size))
{
    weft__libc_writes(buffer, size, PC);
    if (WEFT__SIMULATED()) {
        fill(buffer, size);
    } else {
        __real_arc4random_buf(buffer, size);
    }
}
