/* stream.h: the stream of draws of one run: all the randomness there is.
 *
 * xoshiro256++ (Blackman and Vigna), seeded by SplitMix64 from the master seed and the run's
 * number. Runs are re-executed from their numbers, so the draws need not be stored. Grafts make a
 * stream that begins like one and goes on like another. */
#ifndef WEFT_SIM_STREAM_H
#define WEFT_SIM_STREAM_H

#include <stdbool.h>
#include <stdint.h>

enum { WEFT__GRAFTS_MAX = 8 };

/* From draw `at` on, counted from 0, the stream is the one that this seed gives. */
typedef struct weft__graft {
    uint64_t at;
    uint64_t seed;
} weft__graft;

typedef struct weft__stream {
    uint64_t s[4];
    uint64_t drawn;
    uint64_t next_graft; /* UINT64_MAX: none is left */
    weft__graft grafts[WEFT__GRAFTS_MAX];
    uint32_t graft_count;
    uint32_t grafted; /* so many are done */
} weft__stream;

void weft__stream_seed(weft__stream *stream, uint64_t seed, uint64_t run);

/* Of a stream from which nothing was drawn: graft it at these places, which ascend. */
void weft__stream_graft(weft__stream *stream, const weft__graft *grafts, uint32_t count);

void weft__stream_switch(weft__stream *stream); /* to the next graft: for weft__draw64 */

static inline uint64_t weft__draw64(weft__stream *stream)
{
    uint64_t *const s = stream->s;
    if (stream->drawn++ == stream->next_graft) {
        weft__stream_switch(stream);
    }
    const uint64_t sum = s[0] + s[3];
    const uint64_t result = (sum << 23 | sum >> 41) + s[0];
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = s[3] << 45 | s[3] >> 19;
    return result;
}

/* A number below bound, uniform to within 2^-32; bound is not 0. */
static inline uint32_t weft__draw(weft__stream *stream, uint32_t bound)
{
    return (uint32_t)((weft__draw64(stream) >> 32) * bound >> 32);
}

/* True once in n. */
static inline bool weft__draw_once_in(weft__stream *stream, uint32_t n)
{
    return weft__draw(stream, n) == 0;
}

#endif
