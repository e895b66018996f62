/* stack.c: guarded stacks from slabs. See stack.h.
 *
 * A slab is one mapping that holds several stacks of one size, each above its guard page. Slabs
 * grow geometrically, so that few system calls and few mappings serve many goroutines. Guards are
 * installed with MADV_GUARD_INSTALL, which needs no mapping of its own (Linux 6.13); elsewhere with
 * mprotect, while the kernel's limit on mappings allows. */
#include "stack.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lock.h"
#include "panic.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

enum { GUARDS_UNKNOWN, GUARDS_ADVISED, GUARDS_PROTECTED };

enum { CLASS_MIN = 14, CLASS_MAX = 30, SLAB_STACKS_MAX = 256 };

/* A stack that nobody uses; lies at the top of it. */
typedef struct weft__free_stack weft__free_stack;
struct weft__free_stack {
    weft__free_stack *next;
    char *low;
};

typedef struct weft__stack_class {
    weft__free_stack *free;
    char *fresh; /* the part of the newest slab that was never used */
    size_t fresh_count;
    size_t slab_stacks; /* in the newest slab */
} weft__stack_class;

/* Under lock. The simulator keeps the pool from run to run. */
static struct {
    weft__lock lock;
    int guards; /* how they are made: found out with the first */
    size_t mapped;
    weft__stack_class classes[CLASS_MAX + 1];
} pool WEFT_KEEP;

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static unsigned class_of(size_t size)
{
    unsigned log2 = CLASS_MIN;
    while (log2 < CLASS_MAX && (size_t)1 << log2 < size) {
        log2++;
    }
    return log2;
}

/* Whether the kernel really traps there: an emulator may accept the advice and ignore it. */
static bool traps(char *page)
{
    const int zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    const bool trapped = zeros < 0 || read(zeros, page, 1) < 0;
    (void)close(zeros);
    return trapped;
}

/* A system that lets us have no more guards gets stacks without. */
static void install_guard(char *guard)
{
    if (pool.guards == GUARDS_UNKNOWN) {
        const bool works = madvise(guard, page_size(), MADV_GUARD_INSTALL) == 0 && traps(guard);
        pool.guards = works ? GUARDS_ADVISED : GUARDS_PROTECTED;
    }
    if (pool.guards == GUARDS_PROTECTED || madvise(guard, page_size(), MADV_GUARD_INSTALL) != 0) {
        (void)mprotect(guard, page_size(), PROT_NONE);
    }
}

static bool map_slab(weft__stack_class *class, size_t size)
{
    size_t count = class->slab_stacks == 0 ? 4 : class->slab_stacks * 2;
    if (count > SLAB_STACKS_MAX) {
        count = SLAB_STACKS_MAX;
    }
    while (count > 1 && count * size > (size_t)1 << 30) {
        count /= 2;
    }
    const size_t stride = size + page_size();
    char *const slab = mmap(NULL, count * stride, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (slab == MAP_FAILED) {
        return false;
    }
    (void)madvise(slab, count * stride, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < count; i++) {
        install_guard(slab + i * stride);
    }
    class->fresh = slab;
    class->fresh_count = count;
    class->slab_stacks = count;
    pool.mapped += count * stride;
    return true;
}

static bool take(unsigned log2, weft__stack *ret_stack)
{
    weft__stack_class *const class = &pool.classes[log2];
    const size_t size = (size_t)1 << log2;
    if (class->free != NULL) {
        *ret_stack = (weft__stack){.low = class->free->low, .size = size};
        class->free = class->free->next;
        return true;
    }
    if (class->fresh_count == 0 && !map_slab(class, size)) {
        return false;
    }
    *ret_stack = (weft__stack){.low = class->fresh + page_size(), .size = size};
    class->fresh += size + page_size();
    class->fresh_count--;
    return true;
}

bool weft__stack_alloc(size_t size, weft__stack *ret_stack)
{
    if (size > WEFT__STACK_MAX) {
        return false;
    }
    weft__lock_acquire(&pool.lock);
    const bool done = take(class_of(size), ret_stack);
    weft__lock_release(&pool.lock);
    return done;
}

void weft__stack_free(weft__stack stack)
{
    weft__free_stack *const top = (void *)(stack.low + stack.size - sizeof *top);
    weft__lock_acquire(&pool.lock);
    weft__stack_class *const class = &pool.classes[class_of(stack.size)];
    top->low = stack.low;
    top->next = class->free;
    class->free = top;
    weft__lock_release(&pool.lock);
}

bool weft__stack_overflowed(weft__stack stack, const void *address)
{
    const char *const at = address;
    return at < stack.low && at >= stack.low - page_size();
}

size_t weft__stack_mapped(void)
{
    weft__lock_acquire(&pool.lock);
    const size_t mapped = pool.mapped;
    weft__lock_release(&pool.lock);
    return mapped;
}
