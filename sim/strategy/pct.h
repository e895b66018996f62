/* pct.h: PCT of any depth, by name. */
#ifndef WEFT_SIM_PCT_H
#define WEFT_SIM_PCT_H

#include "strategy.h"

/* "pct", "pct1" to "pct10", each also with "-racy"; NULL: none of these. "pct" is "pct3". */
weft__strategy *weft__pct_find(const char *name);

#endif
