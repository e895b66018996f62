/* bytes.h: an input and a schedule as one byte string, and the strategy that follows it.
 *
 * Format 1:
 *
 *   input 0xFE pair pair ...        the last 0xFE counts; without one all is input
 *
 * A pair is two numbers: the gap, how many decisions the default policy (weft__run_default; choice
 * 0) takes first, and what is taken instead of the next one. A number is the sum of bytes up to the
 * first that is not 0xFF; 0xFF counts 253, and no byte of a number is 0xFE. Below 224 only the
 * lower five bits of a gap's number count; from there on it is the gap plus 192. So what a random
 * byte gives is mostly short. What is taken instead:
 *   - of the other tasks, the one whose place is the number, or the next behind it, cyclically.
 *     Places are slots; timers come behind all goroutines;
 *   - of the other choices, from 1 up, the one of that rank, modulo their number.
 *
 * INVARIANTS
 *   - Every byte string is an input and a schedule, and half of a pair is none: so what is left of
 *     a string that was cut off is a prefix of its schedule, or all input.
 *   - A decision is one where more than one thing can happen that matters: where goroutines start
 *     or resume they do so at once. */
#ifndef WEFT_FUZZ_BYTES_H
#define WEFT_FUZZ_BYTES_H

#include <schedule/replay.h>

typedef struct weft__bytes {
    weft__strategy strategy; /* first. Its idle is the gap that is left. */
    const uint8_t *schedule;
    size_t schedule_size;
    size_t next;    /* bytes read */
    uint64_t which; /* after strategy.idle decisions of the default's: what is taken instead */
    uint64_t at;    /* and the number of that decision in the run, from 0 */
} weft__bytes;

/* A decision that is not the default's. */
typedef struct weft__departure {
    uint64_t at; /* its number in the run, from 0 */
    uint64_t which;
} weft__departure;

void weft__bytes_init(weft__bytes *bytes);

/* Follow this string from now on. Returns the size of its input. */
size_t weft__bytes_set(weft__bytes *bytes, const uint8_t *data, size_t size);

size_t weft__bytes_input(const uint8_t *data, size_t size); /* how much of it is input */

/* The first of a schedule's departures, up to max; and a schedule of some, in order, written behind
 * the input with a divider: as many as there is room for. Return their number, and the size of all;
 * input_size is less than max_size. */
size_t weft__bytes_departures(const uint8_t *schedule, size_t size, weft__departure *into,
                              size_t max);
size_t weft__bytes_put(uint8_t *data, size_t input_size, size_t max_size,
                       const weft__departure *list, size_t count);

/* How many decisions the last run took. */
static inline uint64_t weft__bytes_decisions(const weft__bytes *bytes)
{
    return bytes->at - bytes->strategy.idle;
}

/* The string that leads to the run that these decisions lead to, for the caller to free. NULL: none
 * does, since one of them delays the start of a goroutine. *plan tells the rest. */
uint8_t *weft__bytes_make(const weft__decisions *decisions, const weft__plan *plan,
                          const uint8_t *input, size_t input_size, size_t *ret_size);

#endif
