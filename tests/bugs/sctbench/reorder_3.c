/* reorder_3: see reorder.h. */
enum { SETTERS = 2 };
#include "reorder.h"
