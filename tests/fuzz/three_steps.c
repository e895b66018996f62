/* three_steps.c: a fuzz target with one bug, which takes the input "GO" and three switches: two
 * goroutines must step on in turn. What the scripts beside it run. */
#include <weft/fuzz.h>

static int stage;

static void climb(void *arg)
{
    const int mine = arg == NULL ? 0 : 1;
    for (int i = 0; i < 2; i++) {
        const int seen = WEFT_READ(stage);
        if (seen == 2 * i + mine) {
            WEFT_WRITE(stage, seen + 1);
        }
    }
}

static void target(const uint8_t *data, size_t size)
{
    weft_waitgroup ended = {0};
    if (size < 2 || data[0] != 'G' || data[1] != 'O') {
        return;
    }
    stage = 0;
    weft_waitgroup_go(&ended, climb, NULL);
    weft_waitgroup_go(&ended, climb, "the other");
    weft_waitgroup_wait(&ended);
    WEFT_ASSERT(stage != 4);
}

WEFT_FUZZ(target)
