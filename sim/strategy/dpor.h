/* dpor.h: what exhaustive exploration has done so far, beside its runs. */
#ifndef WEFT_SIM_DPOR_H
#define WEFT_SIM_DPOR_H

#include <stdbool.h>
#include <stdint.h>

typedef struct weft__dpor_count {
    uint64_t redundant; /* runs that came to a state from which everything is explored already */
    uint64_t
        diverged;   /* runs that could not follow what was planned: 0, or our relation is wrong */
    bool too_deep;  /* a run was longer than what can be explored: nothing more is tried */
    bool exhausted; /* all is explored */
    bool partial;   /* but perhaps for some orders of timers, or what weft_random could give */
} weft__dpor_count;

const weft__dpor_count *weft__dpor_count_now(void);

#endif
