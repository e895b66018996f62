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
    weft__strategy strategy; /* first */
    const uint8_t *schedule;
    size_t schedule_size;
    size_t next;    /* bytes read */
    uint64_t gap;   /* decisions until the next that is not the default's; UINT64_MAX: none */
    uint64_t which; /* and what that is */
} weft__bytes;

void weft__bytes_init(weft__bytes *bytes);

/* Follow this string from now on. Returns the size of its input. */
size_t weft__bytes_set(weft__bytes *bytes, const uint8_t *data, size_t size);

/* The string that leads to the run that these decisions lead to, for the caller to free. NULL: none
 * does, since one of them delays the start of a goroutine. *plan tells the rest. */
uint8_t *weft__bytes_make(const weft__decisions *decisions, const weft__plan *plan,
                          const uint8_t *input, size_t input_size, size_t *ret_size);

#endif
