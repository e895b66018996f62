/* random.h: PCG32 (O'Neill 2014, XSH-RR), and a number below a bound without bias (Lemire 2019). */
#ifndef WEFT_SCHED_RANDOM_H
#define WEFT_SCHED_RANDOM_H

#include <stdint.h>

typedef struct weft__random {
    uint64_t state; /* seeded by its owner with anything */
} weft__random;

static inline uint32_t weft__random_next(weft__random *random)
{
    const uint64_t old = random->state;
    random->state = old * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    const uint32_t mixed = (uint32_t)(((old >> 18) ^ old) >> 27);
    const uint32_t turn = (uint32_t)(old >> 59);
    return mixed >> turn | mixed << (-turn & 31);
}

/* Uniform below count; count 0 stands for 2^32. */
static inline uint32_t weft__random_below(weft__random *random, uint32_t count)
{
    if (count == 0) {
        return weft__random_next(random);
    }
    uint64_t wide = (uint64_t)weft__random_next(random) * count;
    if ((uint32_t)wide < count) {
        const uint32_t reject = -count % count;
        while ((uint32_t)wide < reject) {
            wide = (uint64_t)weft__random_next(random) * count;
        }
    }
    return (uint32_t)(wide >> 32);
}

#endif
