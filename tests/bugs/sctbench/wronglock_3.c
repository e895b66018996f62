/* wronglock_3: see wronglock.h. */
enum { OTHER_COUNT = 3 };
#include "wronglock.h"
