/* union_members: the members of a union are one piece of memory, those of a struct are not. */
#include "support/race_program.h"

#ifdef FIXED
#define STRUCT_OR_UNION struct
#else
#define STRUCT_OR_UNION union
#endif

static STRUCT_OR_UNION
{
    int integer;
    float real;
}
number;

static void writer(void *arg)
{
    (void)arg;
    number.integer = 1; /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    opaque_escape(&number);
    weft_go(writer, NULL);
    number.real = 1.0F; /* RACE */
    opaque_escape(&number);
}

RACE_MAIN(body)
