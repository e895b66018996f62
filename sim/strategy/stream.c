/* stream.c: seeding and grafting. See stream.h. */
#include "stream.h"

#include <string.h>

static uint64_t split_mix(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void fill(weft__stream *stream, uint64_t state)
{
    for (int i = 0; i < 4; i++) {
        stream->s[i] = split_mix(&state);
    }
}

void weft__stream_seed(weft__stream *stream, uint64_t seed, uint64_t run)
{
    uint64_t state = seed;
    fill(stream, split_mix(&state) ^ run);
    stream->drawn = 0;
    stream->grafted = 0;
    stream->graft_count = 0;
    stream->next_graft = UINT64_MAX;
}

void weft__stream_graft(weft__stream *stream, const weft__graft *grafts, uint32_t count)
{
    memcpy(stream->grafts, grafts, count * sizeof *grafts);
    stream->graft_count = count;
    stream->next_graft = count == 0 ? UINT64_MAX : grafts[0].at;
}

void weft__stream_switch(weft__stream *stream)
{
    fill(stream, stream->grafts[stream->grafted++].seed);
    stream->next_graft =
        stream->grafted == stream->graft_count ? UINT64_MAX : stream->grafts[stream->grafted].at;
}
