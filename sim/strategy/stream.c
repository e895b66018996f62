/* stream.c: seeding. See stream.h. */
#include "stream.h"

static uint64_t split_mix(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void weft__stream_seed(weft__stream *stream, uint64_t seed, uint64_t run)
{
    uint64_t state = seed;
    state = split_mix(&state) ^ run;
    for (int i = 0; i < 4; i++) {
        stream->s[i] = split_mix(&state);
    }
}
