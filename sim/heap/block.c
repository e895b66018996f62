/* block.c: see block.h. */
#include "block.h"

#include <string.h>

#include "../memory.h"

weft__blocks weft__the_blocks WEFT_KEEP;

static weft__blocks *const blocks = &weft__the_blocks;

/* The simulator's own code, if the program is built with weft::instrument. */
extern const char __start_weft_text[] __attribute__((weak, visibility("hidden")));
extern const char __stop_weft_text[] __attribute__((weak, visibility("hidden")));

weft__heap_block *weft__block_at(const volatile void *address)
{
    size_t low = 0;
    size_t high = blocks->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if ((uintptr_t)blocks->list[middle].address <= (uintptr_t)address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 ? NULL : &blocks->list[low - 1];
}

const weft__heap_block *weft__block_around(const volatile void *address)
{
    const weft__heap_block *const block = weft__heap_holds(address) ? weft__block_at(address)
                                                                    : NULL;
    return block != NULL && weft__block_covers(block, address) ? block : NULL;
}

weft__heap_block *weft__block_starting(const void *address)
{
    uint32_t index = 0;
    if (!weft__heap_holds(address) || (uintptr_t)address == weft__the_heap.base) {
        return NULL;
    }
    memcpy(&index, (const char *)address - sizeof index, sizeof index);
    if (index < blocks->count && blocks->list[index].address == address) {
        return &blocks->list[index];
    }
    weft__heap_block *const block = weft__block_at(address);
    return block != NULL && block->address == address ? block : NULL;
}

static bool is_own(const void *pc)
{
    return (uintptr_t)pc - (uintptr_t)__start_weft_text <
           (uintptr_t)__stop_weft_text - (uintptr_t)__start_weft_text;
}

/* What a frame begins with, on both processors. */
typedef struct weft__frame_record {
    const struct weft__frame_record *caller;
    const void *pc; /* where it returns to */
} weft__frame_record;

/* Whoever does not keep frame pointers leaves anything in their place: only what lies on the
 * goroutine's stack is looked at, and each frame above the last. */
static const weft__frame_record *above(const weft__g *self, const weft__frame_record *record)
{
    const uintptr_t next = (uintptr_t)record->caller;
    const uintptr_t low = (uintptr_t)self->stack.low;
    const bool on_stack = next - low < self->stack.size - sizeof *record;
    return on_stack && next % sizeof(void *) == 0 && next > (uintptr_t)record ? record->caller
                                                                              : NULL;
}

void weft__calls_take(const void *frame, weft__calls *ret_calls)
{
    const weft__g *const self = weft__self();
    const weft__frame_record *record = frame;
    size_t count = 0;
    ret_calls->slot = self->id == 0 ? UINT32_MAX : (uint32_t)(self->id - 1);
    while (record != NULL && count < WEFT__CALLS_MAX && record->pc != NULL) {
        if (count == 0 || !is_own(record->pc)) {
            ret_calls->list[count++] = record->pc;
        }
        record = self->id == 0 ? NULL : above(self, record);
    }
    if (count < WEFT__CALLS_MAX) {
        ret_calls->list[count] = NULL;
    }
}

uint64_t weft__heap_place(const volatile void *address)
{
    const weft__heap_block *const block = weft__block_around(address);
    if (block == NULL) {
        return 0;
    }
    const uint32_t slot = block->allocated.slot;
    const uint64_t maker = slot == UINT32_MAX ? 0 : weft__the_run.members[slot].name;
    const uint64_t offset = (uintptr_t)address - (uintptr_t)block->address;
    return weft__mix(weft__mix(maker ^ UINT64_C(0x68656170), block->ordinal), offset) | 1;
}

weft__heap_block *weft__block_add(char *address, size_t size, const void *frame)
{
    weft__g *const self = weft__self();
    blocks->list =
        weft__with_room(blocks->list, blocks->count, 1, &blocks->capacity, sizeof *blocks->list);
    const uint32_t index = (uint32_t)blocks->count++;
    weft__heap_block *const block = &blocks->list[index];
    memcpy(address - sizeof index, &index, sizeof index);
    block->address = address;
    block->size = size;
    block->freed = false;
    weft__calls_take(frame, &block->allocated);
    if (self->id == 0) {
        block->ordinal = (uint32_t)blocks->count;
        blocks->outside = blocks->count;
    } else {
        block->ordinal = ++weft__task_of(self)->block_count;
    }
    return block;
}
