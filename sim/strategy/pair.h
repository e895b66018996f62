/* pair.h: telling the pair strategy which orders to try. */
#ifndef WEFT_SIM_PAIR_H
#define WEFT_SIM_PAIR_H

#include "constraint.h"

enum { WEFT__CONSTRAINTS_MAX = 16 };

/* From now on, weft__strategy_pair tries to fulfil exactly these in each run, rather than drawing
 * some from the profile: to confirm what was predicted. count 0: it draws again. */
void weft__pair_direct(const weft__constraint *constraints, uint32_t count);

#endif
