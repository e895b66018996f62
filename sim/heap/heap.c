/* heap.c: see heap.h. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../memory.h"
#include "../report/console.h"
#include "fault.h"

/* Whoever uses memory that was never written reads these bytes, the same in each run. */
enum { NEVER_WRITTEN = 0xbe };
enum { ALIGNMENT = 16, ZONE_MIN = 32, ZONE_MAX = 2048 };

#define ARENA_BASE ((uintptr_t)0x100000000000)
#define ARENA_SIZE ((size_t)1 << 30)
#define OUTSIDE_MAX ((size_t)64 << 20) /* for what is put back before each run */

weft__heap weft__the_heap WEFT_KEEP;

static weft__heap *const heap = &weft__the_heap;

static struct {
    size_t used;         /* bytes of the arena, from below */
    size_t outside_used; /* of those: by what was allocated outside of runs */
    pthread_t thread;    /* that explores */
    bool kept_out;       /* by keep_globals */
    bool unavailable;    /* there are no addresses for it */
    bool remembers;
    char *content; /* these three: of outside, as they were */
    weft__heap_block *blocks;
    uint8_t *usable;
    bool blocks_changed; /* one of those blocks was freed */
} state WEFT_KEEP;

static uint32_t allocation_failures WEFT_KEEP; /* so many more, in this run */

/* ---- The arena ---- */

static void *reserve(uintptr_t wanted, size_t size)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void *const memory = mmap((void *)wanted, size, PROT_READ | PROT_WRITE,
                              wanted == 0 ? flags : flags | MAP_FIXED_NOREPLACE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static bool open_arena(void)
{
    void *base = reserve(ARENA_BASE, ARENA_SIZE);
    if (base == NULL) {
        base = reserve(0, ARENA_SIZE);
        weft__console_error("the heap of simulated runs is not at its place in memory: what "
                            "depends on addresses differs from process to process");
    }
    heap->usable = reserve(0, ARENA_SIZE / WEFT__HEAP_GRANULE);
    if (base == NULL || heap->usable == NULL) {
        weft__console_error("no addresses for the heap of simulated runs: libc's is used, where "
                            "memory errors are not seen");
        state.unavailable = true;
        return false;
    }
    heap->base = (uintptr_t)base;
    heap->size = ARENA_SIZE;
    state.thread = pthread_self();
    return true;
}

static void mark_usable(const char *address, size_t size, bool is)
{
    uint8_t *const first = heap->usable + ((uintptr_t)address - heap->base) / WEFT__HEAP_GRANULE;
    memset(first, is ? WEFT__HEAP_GRANULE : 0, size / WEFT__HEAP_GRANULE);
    if (size % WEFT__HEAP_GRANULE != 0) {
        first[size / WEFT__HEAP_GRANULE] = is ? size % WEFT__HEAP_GRANULE : 0;
    }
}

bool weft__heap_bad_range(const volatile void *address, size_t size)
{
    const uintptr_t offset = (uintptr_t)address - heap->base;
    if (size == 0 || size > heap->size - offset) {
        return size != 0;
    }
    const uintptr_t last = offset + size - 1;
    for (uintptr_t i = offset / WEFT__HEAP_GRANULE; i < last / WEFT__HEAP_GRANULE; i++) {
        if (heap->usable[i] != WEFT__HEAP_GRANULE) {
            return true;
        }
    }
    return heap->usable[last / WEFT__HEAP_GRANULE] <= last % WEFT__HEAP_GRANULE;
}

/* How many bytes behind a block stay unusable: more behind a large one, whose users err by more. */
static size_t zone_behind(size_t size)
{
    const size_t share = size / 4 / ALIGNMENT * ALIGNMENT;
    return share < ZONE_MIN ? ZONE_MIN : share > ZONE_MAX ? ZONE_MAX : share;
}

static size_t end_of(const weft__heap_block *block)
{
    return (uintptr_t)block->address - heap->base + block->size + zone_behind(block->size);
}

static char *place(size_t size, size_t alignment)
{
    const size_t limit = weft__self()->id == 0 ? OUTSIDE_MAX : heap->size;
    const size_t coarse = alignment < ALIGNMENT ? ALIGNMENT : alignment;
    const size_t start = (state.used + ALIGNMENT + coarse - 1) & ~(coarse - 1);
    if (coarse > limit || start > limit || size > limit || size + ZONE_MAX > limit - start) {
        return NULL;
    }
    state.used = start + size + zone_behind(size);
    return (char *)heap->base + start;
}

/* ---- Blocks ---- */

bool weft__heap_serves(void)
{
    if (heap->size == 0) {
        return !state.unavailable && open_arena();
    }
    const bool room = weft__self()->id != 0 || state.used < OUTSIDE_MAX / 2;
    return room && !state.kept_out && pthread_equal(pthread_self(), state.thread);
}

static const void *caller_of(const void *frame)
{
    weft__calls calls;
    weft__calls_take(frame, &calls);
    return calls.list[0];
}

/* A free choice, of which so many in a run may be taken. Allocations are steps then. */
static bool is_to_fail(const void *frame)
{
    weft__g *const self = weft__self();
    if (heap->may_fail == 0 || self->id == 0) {
        return false;
    }
    WEFT__POINT(self, .kind = WEFT__OP_UPDATE, .object = &allocation_failures,
                .n = sizeof allocation_failures, .site = caller_of(frame));
    if (allocation_failures == 0 || weft__run_choose(self, 2) == 0) {
        return false;
    }
    allocation_failures--;
    return true;
}

void *weft__heap_alloc(size_t size, size_t alignment, const void *frame)
{
    char *const address = is_to_fail(frame) ? NULL : place(size, alignment);
    if (address == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    (void)weft__block_add(address, size, frame);
    mark_usable(address, size, true);
    if (weft__self()->id == 0) {
        state.outside_used = state.used;
    }
    return memset(address, NEVER_WRITTEN, size);
}

static weft__heap_block *find(const void *address, const char *verb, const void *frame)
{
    weft__heap_block *const block = weft__block_starting(address);
    if (block == NULL || block->freed) {
        weft__the_fault = (weft__fault){.kind = WEFT__FAULT_FREE, .address = address, .verb = verb};
        weft__calls_take(frame, &weft__the_fault.calls);
        weft__fault_end();
    }
    return block;
}

size_t weft__heap_size_of(const void *block, const char *verb, const void *frame)
{
    return find(block, verb, frame)->size;
}

/* Outside of runs: the blocks at the upper end that are freed are forgotten. */
static void retreat(void)
{
    weft__blocks *const blocks = &weft__the_blocks;
    while (blocks->count != 0 && blocks->list[blocks->count - 1].freed) {
        blocks->count--;
    }
    blocks->outside = blocks->count;
    state.used = blocks->count == 0 ? 0 : end_of(&blocks->list[blocks->count - 1]);
    state.outside_used = state.used;
}

void weft__heap_free(void *address, const void *frame)
{
    weft__heap_block *const block = find(address, "free", frame);
    block->freed = true;
    weft__calls_take(frame, &block->freed_at);
    mark_usable(block->address, block->size, false);
    if (weft__self()->id == 0) {
        retreat();
    } else if (block < weft__the_blocks.list + weft__the_blocks.outside) {
        state.blocks_changed = true;
    }
}

/* ---- Between runs ---- */

static void *copy_of(const void *memory, size_t size)
{
    return memcpy(weft__grow(NULL, size + 1), memory, size);
}

void weft__heap_remember(bool keep_globals)
{
    state.thread = pthread_self();
    state.kept_out = keep_globals;
    if (keep_globals || heap->size == 0) {
        return;
    }
    state.content = copy_of((void *)heap->base, state.used);
    state.usable = copy_of(heap->usable, state.used / WEFT__HEAP_GRANULE);
    state.blocks =
        copy_of(weft__the_blocks.list, weft__the_blocks.outside * sizeof *weft__the_blocks.list);
    state.remembers = true;
}

void weft__heap_reset(void)
{
    weft__blocks *const blocks = &weft__the_blocks;
    heap->epoch++;
    allocation_failures = heap->may_fail;
    if (heap->size == 0 || state.kept_out) {
        return;
    }
    const size_t outside = state.outside_used / WEFT__HEAP_GRANULE;
    memset(heap->usable + outside, 0, state.used / WEFT__HEAP_GRANULE + 1 - outside);
    blocks->count = blocks->outside;
    state.used = state.outside_used;
    if (!state.remembers) {
        return;
    }
    memcpy((void *)heap->base, state.content, state.outside_used);
    if (state.blocks_changed) {
        memcpy(blocks->list, state.blocks, blocks->outside * sizeof *blocks->list);
        memcpy(heap->usable, state.usable, outside);
        state.blocks_changed = false;
    }
}

void weft__heap_forget(void)
{
    weft__heap_reset();
    free(state.content);
    free(state.usable);
    free(state.blocks);
    state.content = NULL;
    state.usable = NULL;
    state.blocks = NULL;
    state.remembers = false;
    state.kept_out = false;
}
