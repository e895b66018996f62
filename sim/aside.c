/* aside.c: see aside.h. */
#include "aside.h"

#include "memory.h"
#include "run.h"

enum { STACK_SIZE = 1 << 20 };

static struct {
    weft__fiber fiber;
    char *stack;
    weft_fn *fn;
    void *arg;
    weft__g *caller;
} aside WEFT_KEEP;

static void work(void *unused)
{
    (void)unused;
    weft__fiber_arrived(&aside.fiber, &aside.caller->fiber);
    aside.fn(aside.arg);
    weft__fiber_switch(&aside.fiber, &aside.caller->fiber, true);
    __builtin_unreachable();
}

void weft__aside(weft_fn *fn, void *arg)
{
    weft__g *const self = weft__self();
    if (self->id == 0) {
        fn(arg);
        return;
    }
    if (aside.stack == NULL) {
        aside.stack = weft__grow(NULL, STACK_SIZE);
    }
    aside.fn = fn;
    aside.arg = arg;
    aside.caller = self;
    weft__fiber_make(&aside.fiber, aside.stack, STACK_SIZE, work, NULL);
    weft__fiber_switch(&self->fiber, &aside.fiber, false);
    weft__fiber_arrived(&self->fiber, &aside.fiber);
    weft__fiber_drop(&aside.fiber);
}
