/* struct_copy: to assign a struct is to read and write all of it. */
#include "support/race_program.h"

typedef struct numbers {
    int at[12];
} numbers;

static numbers source, target;

static void writer(void *arg)
{
    (void)arg;
    source.at[RACE_FIXED ? 0 : 7] = 1; /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    numbers part = {{0}};
    opaque_escape(&part);
    weft_go(writer, NULL);
    if (RACE_FIXED) {
        part.at[7] = source.at[7];
    } else {
        target = source; /* RACE */
    }
    opaque_escape(&target);
}

RACE_MAIN(body)
