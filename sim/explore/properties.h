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
} weft__property;

void weft__properties_reset(void);

/* The first that was evaluated and never held; NULL: none. */
const weft__property *weft__properties_missed(void);

#endif
