/* properties.h: WEFT_SOMETIMES over all runs of an exploration. */
#ifndef WEFT_SIM_PROPERTIES_H
#define WEFT_SIM_PROPERTIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct weft__property {
    const char *name;
    const char *file;
    int line;
    uint64_t evaluated;
    uint64_t held;
    bool owned; /* the texts: they came from another process */
} weft__property;

void weft__properties_reset(void);

/* Whether what follows counts: runs that another process counts, and repetitions, do not. */
void weft__properties_count(bool counts);

/* Of those that were evaluated and never held the first in the source; NULL: none. */
const weft__property *weft__properties_missed(void);

/* Write all that this process knows into an empty file; add what another one has written. 0 or a
 * negative errno value. */
int weft__properties_save(int file);
int weft__properties_merge(int file);

#endif
