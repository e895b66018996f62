/* reorder_4: see reorder.h. */
enum { SETTERS = 3 };
#include "reorder.h"
