/* once_init: a look at the value before weft_once_do saves the call and loses the order. */
#include "support/race_program.h"

static weft_once once;
static int value;

static void init(void *arg)
{
    (void)arg;
    value = 1; /* RACE */
}

static void user(void *arg)
{
    (void)arg;
    if (RACE_FIXED || value == 0) { /* RACE */
        weft_once_do(&once, init, NULL);
    }
    if (RACE_FIXED) {
        opaque_use(value);
    }
}

static void body(void *arg)
{
    (void)arg;
    weft_go(user, NULL);
    weft_go(user, NULL);
}

RACE_MAIN(body)
