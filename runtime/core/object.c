/* object.c: see object.h. */
#include "object.h"

weft__bias weft__bias_state;
