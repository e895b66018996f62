/* nested_windows.c: three one-step windows of three goroutines must nest: each opens only in the
 * one before it, and only for input that turns all of them on. */
#include "look.h"

enum { STEPS = 6 };

static int windows[3];
static int level;
static uint8_t keys[3];

static void pass_through(void *arg)
{
    int *const window = arg;
    const int mine = (int)(window - windows);
    for (int i = 0; i < STEPS; i++) {
        WEFT_WRITE(*window, 0);
        if (keys[mine] == 'a' + mine && (mine == 0 || look(&windows[mine - 1]) == 1)) {
            WEFT_WRITE(*window, 1);
            level = mine > level ? mine : level;
            WEFT_WRITE(*window, 0);
        }
        WEFT_ASSERT(level != 2);
    }
}

static void target(const uint8_t *data, size_t size)
{
    level = 0;
    for (size_t i = 0; i < 3; i++) {
        windows[i] = 0;
        keys[i] = i < size ? data[i] : 0;
    }
    for (int i = 0; i < 3; i++) {
        weft_go(pass_through, &windows[i]);
    }
}

WEFT_FUZZ(target)
