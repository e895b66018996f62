/* wronglock: see wronglock.h. */
enum { OTHER_COUNT = 7 };
#include "wronglock.h"
