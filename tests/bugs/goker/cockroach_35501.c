/* cockroach_35501: each goroutine of a loop gets a pointer to the one loop variable, which the loop
 * goes on to overwrite.
 * Expected: a data race of d and g on element; see RACE in bug.h. */
#include "../support/bug.h"

BUG_COUNT(CHECKS, 10);

typedef struct check {
    const char *name;
} check;

static check checks[CHECKS_MAX];
#ifndef FIXED
static check element;
#endif
static weft_waitgroup driver;

static void g(void *arg)
{
    const check *const own = arg;
    WEFT_ASSERT(WEFT_READ(own->name) != NULL);
}

static void d(void *arg)
{
    (void)arg;
    for (int i = 0; i < CHECKS; i++) {
#ifdef FIXED
        weft_go(g, &checks[i]);
#else
        WEFT_WRITE(element, checks[i]);
        weft_go(g, &element);
#endif
    }
    weft_waitgroup_done(&driver);
}

static void kernel(void *arg)
{
    (void)arg;
    for (int i = 0; i < CHECKS; i++) {
        checks[i].name = "check";
    }
    weft_waitgroup_add(&driver, 1);
    weft_go(d, NULL);
    weft_waitgroup_wait(&driver);
}

BUG_MAIN(kernel, RACE("d", "g"))
