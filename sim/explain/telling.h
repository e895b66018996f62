/* telling.h: operations of the last run in words, for explanations. */
#ifndef WEFT_SIM_TELLING_H
#define WEFT_SIM_TELLING_H

#include "outline.h"

/* "lock account_b  accounts.c:19" */
void weft__tell_operation(const weft__deed *deed, char *into, size_t size);

/* What came of it: "at once", "waits for ever", "from worker#1, pool.c:41". */
void weft__tell_fate(const weft__outline *outline, const weft__deed *deed, char *into, size_t size);

/* "transfer_out locks account_a (accounts.c:18)"; of a select, the case with this key. */
void weft__tell_sentence(const weft__facet *facet, char *into, size_t size);

#endif
