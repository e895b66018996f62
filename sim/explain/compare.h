/* compare.h: where two runs differ: the operations that got something else. */
#ifndef WEFT_SIM_COMPARE_H
#define WEFT_SIM_COMPARE_H

#include "outline.h"

typedef struct weft__difference {
    uint32_t failing; /* the operation in the failing run */
    uint32_t passing; /* the one in its place in the passing run, + 1; 0: there is none */
    bool other;       /* that is another operation: the goroutine took another way */
} weft__difference;

typedef struct weft__differences {
    weft__difference *list;
    size_t count;
    size_t capacity;
} weft__differences;

/* In the order of the failing run. Of a goroutine that takes another way, up to that point. */
void weft__compare(const weft__outline *failing, const weft__outline *passing,
                   weft__differences *ret_differences);

#endif
