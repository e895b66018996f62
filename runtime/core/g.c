/* g.c: goroutines: their birth, their life, their end, and the calls about oneself. See g.h. */
#include "g.h"

#include <errno.h>
#include <string.h>

enum { LINE_SIZE = 64, TOP_SIZE = (sizeof(weft__g) + LINE_SIZE - 1) / LINE_SIZE * LINE_SIZE };
#if !defined(WEFT__TSAN)
_Static_assert(sizeof(weft__g) <= 4 * LINE_SIZE, "each line more is felt where goroutines start");
#endif
_Static_assert(sizeof(weft__defer) == sizeof(weft_scope), "a weft_scope is a deferred call");

static size_t default_stack = WEFT__STACK_DEFAULT;

void weft__g_default_stack(size_t size)
{
    default_stack = size;
}

static void enter(void *g)
{
    weft__g_enter(g);
}

/* Line by line: compilers make a string instruction of a larger memset, and that starts slowly. */
static void clear(char *lines)
{
    for (size_t i = 0; i < TOP_SIZE; i += LINE_SIZE) {
        memset(lines + i, 0, LINE_SIZE);
    }
}

/* Descriptors at one offset in their pages would share a few lines of the processor's caches, and
 * push each other out. So the tops of stacks differ, by up to half a page, in the order in which
 * they lie in memory. Small stacks have nothing to spare. */
static size_t shift_of(const weft__stack *stack)
{
    enum { SHIFTS = 32, SMALLEST = 64 << 10 };
    const size_t index = (uintptr_t)stack->low >> __builtin_ctzl(stack->size);
    return stack->size < SMALLEST ? 0 : index % SHIFTS * LINE_SIZE;
}

static weft__g *make(weft__g *self, size_t stack_size)
{
    weft__stack stack;
    if (!weft__stack_take(self, stack_size == 0 ? default_stack : stack_size, &stack)) {
        return NULL;
    }
    char *const top = stack.low + stack.size - TOP_SIZE - shift_of(&stack);
    weft__g *const g = (void *)top;
    clear(top);
    g->stack = stack;
    weft__fiber_make(&g->fiber, stack.low, (size_t)(top - stack.low), enter, g);
    return g;
}

weft__g *weft__g_make(weft__g *self, const weft_go_options *options, weft_fn *fn, void *arg)
{
    weft__g *const g = make(self, options->stack_size);
    if (g == NULL) {
        return NULL;
    }
    g->fuel = 1;
    g->daemon = options->daemon;
    g->name = options->name == NULL ? "goroutine" : options->name;
    g->fn = fn;
    g->arg = arg;
    return g;
}

void weft__g_free(weft__g *self, weft__g *g)
{
    weft__fiber_drop(&g->fiber);
    weft__stack_put(self, g->stack);
}

_Noreturn void weft__g_main(weft__g *self)
{
    self->fn(self->arg);
    weft__run_defers(self, NULL);
    weft__exit(self);
}

int weft__go(const weft_go_options *options, weft_fn *fn, void *arg, const void *site)
{
    weft__g *const self = weft__self();
    if (self->id == 0) {
        weft__fatal_at(self, site, "weft_go outside of a goroutine: call it from weft_run");
    }
    WEFT__POINT(self, .kind = WEFT__OP_GO, .site = site);
    weft__g *const g = weft__g_make(self, options, fn, arg);
    if (g == NULL) {
        return -ENOMEM;
    }
    g->go_site = site;
    g->origin = (weft__origin){.parent_id = self->id, .ordinal = self->child_count + 1};
    const int error = weft__spawn(self, g);
    if (error != 0) {
        weft__g_free(self, g);
        return error;
    }
    self->child_count++;
    return 0;
}

int weft_go_with(const weft_go_options *options, weft_fn *fn, void *arg)
{
    return weft__go(options, fn, arg, WEFT__SITE);
}

int(weft_go)(weft_fn *fn, void *arg)
{
    return weft__go(&(weft_go_options){.name = "goroutine"}, fn, arg, WEFT__SITE);
}

void weft_yield(void)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_YIELD, .site = WEFT__SITE);
    weft__yield(self);
}

int weft_workers(uint32_t count)
{
    weft__g *const self = weft__self();
    if (self->id == 0) {
        weft__fatal_at(self, WEFT__SITE, "weft_workers outside of a goroutine");
    }
    return count > WEFT_WORKERS_MAX ? -EINVAL : weft__workers(self, count, WEFT__SITE);
}

void weft_blocking(weft_fn *fn, void *arg)
{
    weft__g *const self = weft__self();
    if (self->id == 0) {
        fn(arg);
        return;
    }
    WEFT__POINT(self, .kind = WEFT__OP_POINT, .site = WEFT__SITE);
    weft__blocking(self, fn, arg);
}

_Noreturn void weft_exit(void)
{
    weft__g *const self = weft__self();
    if (self->id == 0) {
        weft__fatal_at(self, WEFT__SITE, "weft_exit outside of a goroutine");
    }
    self->frame = NULL; /* no weft_try stops it */
    weft__run_defers(self, NULL);
    if (weft__is_main(self)) {
        weft__park(self, NULL, NULL, WEFT__WHY_MAIN_EXIT); /* main has not returned: as in Go */
    }
    weft__exit(self);
}

uint64_t weft_id(void)
{
    return weft__self()->id;
}

const char *weft_name(void)
{
    const weft__g *const self = weft__self();
    return self->id == 0 ? "" : self->name;
}

uint32_t weft_choose(uint32_t count)
{
    weft__g *const self = weft__self();
    if (count == 0) {
        weft__panic_at(self, WEFT__SITE, "weft_choose of 0");
    }
    WEFT__POINT(self, .kind = WEFT__OP_CHOOSE, .n = count, .site = WEFT__SITE);
    return count == 1 ? 0 : weft__pick(self, count, WEFT__CHOICE_CHOOSE);
}

uint64_t weft_random(void)
{
    weft__g *const self = weft__self();
    const uint64_t high = weft__pick(self, 0, WEFT__CHOICE_RANDOM);
    return high << 32 | weft__pick(self, 0, WEFT__CHOICE_RANDOM);
}

void weft_point_read(const volatile void *address, size_t size)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_READ, .object = (const void *)address, .n = size,
                .site = WEFT__SITE);
}

void weft_point_write(const volatile void *address, size_t size)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_WRITE, .object = (const void *)address, .n = size,
                .site = WEFT__SITE);
}

void weft_point_update(const volatile void *address, size_t size)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_UPDATE, .object = (const void *)address, .n = size,
                .site = WEFT__SITE);
}

void weft_point(const volatile void *object)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_POINT, .object = (const void *)object, .site = WEFT__SITE);
}
