/* reorder_5: see reorder.h. */
enum { SETTERS = 4 };
#include "reorder.h"
