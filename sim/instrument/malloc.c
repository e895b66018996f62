/* malloc.c: malloc and its kin, in place of libc's.
 *
 * INVARIANTS
 *   - What the program's own code allocates comes from sim/heap, what anybody else allocates from
 *     libc: so the end of a run, which drops the former, does not touch what libraries keep.
 *   - A block goes back where it came from, whoever frees or grows it. */
#include "malloc.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "caller.h"
#include "heap/heap.h"
#include "memory.h"
#include "race/watch.h"

enum { ALIGNMENT = 16 };

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

#define FRAME __builtin_frame_address(0)
#define PC __builtin_return_address(0)

static bool ours(const void *pc)
{
    return weft__by_program(pc) && weft__heap_serves();
}

/* ---- For the program, whoever allocates on its behalf ---- */

void *weft__program_alloc(size_t size, const void *pc, const void *frame)
{
    return ours(pc) ? weft__heap_alloc(size, ALIGNMENT, frame) : __libc_malloc(size);
}

void weft__libc_free(void *block)
{
    __libc_free(block);
}

static void drop(void *block, const void *pc, const void *frame)
{
    const size_t size = weft__heap_size_of(block, "free", frame);
    if (weft__by_program(pc)) {
        weft__saw(block, size, true, pc);
    }
    weft__heap_free(block, frame);
}

static void *resize(void *block, size_t size, const void *pc, const void *frame)
{
    const size_t before = weft__heap_size_of(block, "realloc", frame);
    if (size == 0) {
        drop(block, pc, frame);
        return NULL;
    }
    void *const moved = weft__heap_alloc(size, ALIGNMENT, frame);
    if (moved != NULL) {
        memcpy(moved, block, before < size ? before : size);
        drop(block, pc, frame);
    }
    return moved;
}

void *weft__program_resize(void *block, size_t size, const void *pc, const void *frame)
{
    if (block == NULL) {
        return weft__program_alloc(size, pc, frame);
    }
    return weft__heap_holds(block) ? resize(block, size, pc, frame) : __libc_realloc(block, size);
}

/* ---- The functions of libc ---- */

void *malloc(size_t size)
{
    return weft__program_alloc(size, PC, FRAME);
}

void *calloc(size_t count, size_t size)
{
    size_t bytes = 0;
    if (!ours(PC)) {
        return __libc_calloc(count, size);
    }
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    void *const block = weft__heap_alloc(bytes, ALIGNMENT, FRAME);
    return block == NULL ? NULL : memset(block, 0, bytes);
}

/* An address that no allocator has given out: a variable's, or one on the stack. */
static bool is_stray(const void *block)
{
    const weft__g *const self = weft__self();
    const bool on_stack = (uintptr_t)block - (uintptr_t)self->stack.low < self->stack.size;
    return self->id != 0 && (on_stack || weft__memory_place(block) != 0);
}

void free(void *block)
{
    if (weft__heap_holds(block)) {
        drop(block, PC, FRAME);
    } else if (block != NULL && weft__by_program(PC) && is_stray(block)) {
        weft__heap_free(block, FRAME); /* a finding */
    } else {
        __libc_free(block);
    }
}

void *realloc(void *block, size_t size)
{
    return weft__program_resize(block, size, PC, FRAME);
}

void *reallocarray(void *block, size_t count, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return weft__program_resize(block, bytes, PC, FRAME);
}

static void *aligned(size_t alignment, size_t size, const void *pc, const void *frame)
{
    return ours(pc) ? weft__heap_alloc(size, alignment, frame) : __libc_memalign(alignment, size);
}

static bool is_power_of_two(size_t number)
{
    return number != 0 && (number & (number - 1)) == 0;
}

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

void *memalign(size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size)
{
    if (!is_power_of_two(alignment)) {
        errno = EINVAL;
        return NULL;
    }
    return aligned(alignment, size, PC, FRAME);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    if (!is_power_of_two(alignment)) {
        errno = EINVAL;
        return NULL;
    }
    return aligned(alignment, size, PC, FRAME);
}

int posix_memalign(void **ret_block, size_t alignment, size_t size)
{
    if (!is_power_of_two(alignment) || alignment % sizeof(void *) != 0) {
        return EINVAL;
    }
    const int saved_errno = errno;
    void *const block = aligned(alignment, size, PC, FRAME);
    errno = saved_errno;
    if (block == NULL) {
        return ENOMEM;
    }
    *ret_block = block;
    return 0;
}

void *valloc(size_t size)
{
    return aligned(page_size(), size, PC, FRAME);
}

void *pvalloc(size_t size);
void *pvalloc(size_t size)
{
    const size_t page = page_size();
    return aligned(page, (size + page - 1) / page * page, PC, FRAME);
}

size_t malloc_usable_size(void *block);
size_t malloc_usable_size(void *block)
{
    size_t (*real)(void *) = NULL;
    if (block == NULL) {
        return 0;
    }
    if (weft__heap_holds(block)) {
        return weft__heap_size_of(block, "malloc_usable_size", FRAME);
    }
    void *const found = dlsym(RTLD_NEXT, "malloc_usable_size");
    memcpy(&real, &found, sizeof real);
    return real == NULL ? 0 : real(block);
}
