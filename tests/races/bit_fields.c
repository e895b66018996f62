/* bit_fields: bit-fields side by side are one variable, bytes are not. */
#include "support/race_program.h"

#ifdef FIXED
static struct {
    uint8_t left, right;
} pair;
#else
static struct {
    unsigned left : 4, right : 4;
} pair;
#endif

static void left(void *arg)
{
    (void)arg;
    pair.left = 1; /* RACE */
}

static void right(void *arg)
{
    (void)arg;
    pair.right = 1; /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    opaque_escape(&pair);
    weft_go(left, NULL);
    weft_go(right, NULL);
}

RACE_MAIN(body)
